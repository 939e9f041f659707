import { int, intOf, ints, string, stringOf } from '../../attributes.js';
import type { Walk } from '../../backward.js';
import { float32 } from '../../elements.js';
import { taps, type WindowAxis } from '../window.js';

/**
 * The input gradient of a convolution with few input channels, where dy is interleaved from b b phases.
 * Computed from the phases, it is a stride-1 convolution to s b by s b phases:
 *   dx[s b q + a] = sum over phases r and shifts t of dy[b (q - t) + r] W[s b t + a + p - s r].
 * Returns `undefined` where dy or the weights have another form.
 */
export function fromPhases(
  walk: Walk,
  dy: string,
  w: string,
  axes: readonly WindowAxis[],
): string | undefined {
  const weights = walk.known(w);
  const made = walk.madeBy(dy);
  if (weights?.type !== 'float32' || walk.needsGradient(w)) return undefined;
  if (made?.op !== 'DepthToSpace' || stringOf(made, 'mode', 'DCR') !== 'DCR') return undefined;
  const b = intOf(made, 'blocksize', 1);
  const step = axes[0]!.stride * b;
  const [moves, ...others] = axes.map((a) => movesOf(a, b));
  const whole = axes.every((a) => a.output % b === 0 && a.input === a.output * a.stride);
  if (!whole || others.some((m) => m.least !== moves!.least || m.most !== moves!.most)) return undefined;
  const { least, most } = moves!;
  const count = most - least + 1;
  const [outputs, inputs, ...kernel] = weights.shape as [number, number, number, number];
  const into = taps([step, step]);
  const from = taps([b, b]);
  const data = new Float32Array(into.length * inputs * from.length * outputs * count * count);
  let i = 0;
  for (const a of into) {
    for (let c = 0; c < inputs; c++) {
      for (const r of from) {
        for (let o = 0; o < outputs; o++) {
          for (const j of taps([count, count])) {
            const k = axes.map(
              (axis, d) => step * (most - j[d]!) + a[d]! + axis.padBegin - axis.stride * r[d]!,
            );
            const inside = k.every((index, d) => index >= 0 && index < kernel[d]!);
            const at = ((o * inputs + c) * kernel[0] + k[0]!) * kernel[1] + k[1]!;
            data[i++] = inside ? (weights.data[at] as number) : 0;
          }
        }
      }
    }
  }
  const shape = [into.length * inputs, from.length * outputs, count, count];
  const channels = walk.emit('Conv', [made.inputs[0]!, walk.constant(float32(data, shape))], {
    kernel_shape: ints([count, count]),
    pads: ints([most, most, -least, -least]),
  });
  return walk.emit('DepthToSpace', [channels], { blocksize: int(step), mode: string('DCR') });
}

/** The range of shifts t for which a kernel tap contributes. */
function movesOf({ kernel, stride, padBegin }: WindowAxis, b: number): { least: number; most: number } {
  const step = stride * b;
  return {
    least: Math.ceil((1 - step - padBegin) / step),
    most: Math.floor((kernel - 1 - padBegin + stride * (b - 1)) / step),
  };
}
