import { int, ints } from '../../../attributes.js';
import type { Walk } from '../../../backward.js';
import { float32 } from '../../../elements.js';
import type { ValueShape } from '../../../shapes.js';
import type { Preferred } from './preferred.js';

/** dx = dy step(y) */
export const blockedRelu: Preferred = ({ outputs: [y] }, [dy], walk) =>
  staysBlocked(walk.shape(y!)) ? [walk.mul(dy!, blockedStep(y!, walk))] : undefined;

/**
 * Channels that ONNX Runtime's CPU kernels keep in nchwc. A comparison and a choice take longer than a convolution and a product there,
 * and where ONNX Runtime makes the blocks itself they have channels put in order and back.
 */
const staysBlocked = ({ dims }: ValueShape) => dims.length === 4 && dims[1]! % 16 === 0;

/** 1 where a rectified value is positive (above 1e-30) and 0 elsewhere, made by a convolution: clip(1e30 y, 0, 1). */
function blockedStep(y: string, { shape, constant, emit, clip }: Walk): string {
  const channels = shape(y).dims[1]!;
  const steep = constant(float32(new Float32Array(channels).fill(1e30), [channels, 1, 1, 1]));
  const scaled = emit('Conv', [y, steep], { group: int(channels), kernel_shape: ints([1, 1]) });
  return clip(scaled, 0, 1);
}
