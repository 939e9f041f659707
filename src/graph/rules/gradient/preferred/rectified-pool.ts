import { int, ints, intsOf, string } from '../../../attributes.js';
import type { Rule, Walk } from '../../../backward.js';
import { float32 } from '../../../elements.js';
import type { Node } from '../../../graph.js';
import { range } from '../../../shapes.js';
import { taps, type WindowAxis, windowOf } from '../../window.js';

/** The name prefix of the output of a pooling that only a rectifier reads. */
export const RECTIFIED_POOL = 'sl.pooled.';

export const isRectifiedPool = ({ outputs }: Node): boolean => outputs[0]!.startsWith(RECTIFIED_POOL);

/** The number of channels in a block of ONNX Runtime's nchwc layout. */
const BLOCK = 16;

/** tanh maps STEEP times the difference of two adjacent floats above 2^-66 to 1. */
const STEEP = 2 ** 90;

/** Whether `rectifiedMaxPool` is the gradient rule of a pooling on ONNX Runtime's CPU provider. */
export const picksTaps = (node: Node, shapes: Pick<Walk, 'shape'>): boolean =>
  isRectifiedPool(node) && suitsTaps(node, shapes);

/**
 * Whether `rectifiedMaxPool` is faster on the walk's engine. The caller must know that it gives the gradient.
 */
export const prefersTaps = (node: Node, walk: Walk): boolean =>
  walk.engine === 'cpu' && suitsTaps(node, walk);

/** Whether ONNX Runtime's CPU provider is faster with `rectifiedMaxPool` for these windows and channels. */
function suitsTaps(node: Node, shapes: Pick<Walk, 'shape'>): boolean {
  if (node.op !== 'MaxPool') return false;
  const { dims } = shapes.shape(node.inputs[0]!);
  if (dims.length !== 4 || dims[1]! % BLOCK !== 0) return false;
  const axes = windowOf(node, shapes, intsOf(node, 'kernel_shape')!);
  const { stride } = axes[0]!;
  return axes.every(
    (a) => a.dilation === 1 && a.stride === stride && a.kernel >= stride && a.input % stride === 0,
  );
}

/**
 * The gradient of MaxPool where dy is zero wherever y <= 0, as directly before a rectifier; padding then
 * counts as 0. Each tap k of the window, in index order, takes the remaining gradient where its value x(k)
 * equals y:
 *   left(k + 1) = left(k) tanh(STEEP (y - x(k))),   tap k gets left(k) - left(k + 1).
 * Convolutions with a one-hot kernel select the taps and put them back, which keeps ONNX Runtime's channels
 * in nchwc. Its MaxPool with indices takes longer than all of this.
 */
export const rectifiedMaxPool: Rule = rectifiedMaxPoolOf((_, value) => value);

/** The same, with `each` applied to the values of dx before the phases are interleaved. */
export function rectifiedMaxPoolOf(each: (walk: Walk, value: string) => string): Rule {
  return (node, [dy], walk) => {
    const { mul, tanh, add, concat, emit } = walk;
    const x = node.inputs[0]!;
    const channels = walk.shape(x).dims[1]!;
    const axes = windowOf(node, walk, intsOf(node, 'kernel_shape')!);
    const { stride } = axes[0]!;
    const pick = (value: string, factor: number, singles: readonly Single[]) =>
      picked(walk, value, channels, factor, singles);
    const steepY = pick(node.outputs[0]!, STEEP, axes.map(itself));
    const all = taps(axes.map((a) => a.kernel));
    const phases = new Map<string, string>();
    let left = dy!;
    for (const [index, tap] of all.entries()) {
      let won = left;
      // The last tap takes the rest.
      if (index < all.length - 1) {
        const places = axes.map((a, i) => reading(a, tap[i]!));
        const steepX = pick(x, -STEEP, places);
        const rest = mul(left, tanh(add(steepX, steepY)));
        won = add(pick(rest, -1, axes.map(itself)), left);
        left = rest;
      }
      const offsets = axes.map((a, i) => tap[i]! - a.padBegin);
      const phase = offsets.map((o) => ((o % stride) + stride) % stride).join();
      const moves = axes.map((a, i) => moving(a, Math.floor(offsets[i]! / stride)));
      const part = moves.every(stays) ? won : pick(won, 1, moves);
      const others = phases.get(phase);
      phases.set(phase, others === undefined ? part : add(part, others));
    }
    // Every phase has a tap: no kernel is shorter than its stride.
    const ordered = taps(axes.map((a) => a.stride)).map((phase) => phases.get(phase.join())!);
    if (ordered.length === 1) return [each(walk, ordered[0]!)];
    const together = each(walk, concat(ordered, 1));
    return [emit('DepthToSpace', [together], { blocksize: int(stride), mode: string('DCR') })];
  };
}

/** A one-hot kernel along one axis: its length, the index of the one, its stride and its padding. */
interface Single {
  readonly kernel: number;
  readonly place: number;
  readonly stride: number;
  readonly pads: readonly [begin: number, end: number];
}

const itself = (): Single => ({ kernel: 1, place: 0, stride: 1, pads: [0, 0] });
const stays = ({ kernel, pads }: Single) => kernel === 1 && pads.every((p) => p === 0);

/** Output q is input `stride q + offset`. */
function single(offset: number, stride: number, input: number, output: number): Single {
  const begin = Math.max(0, -offset);
  const place = offset + begin;
  const last = stride * (output - 1);
  // Zeros after the one shorten an output that would be too long; padding lengthens one that would be too
  // short.
  const kernel = Math.max(place + 1, input + begin - last - (stride - 1));
  return { kernel, place, stride, pads: [begin, Math.max(0, last + kernel - input - begin)] };
}

const reading = (a: WindowAxis, tap: number): Single => single(tap - a.padBegin, a.stride, a.input, a.output);
const moving = (a: WindowAxis, shift: number): Single => single(-shift, 1, a.output, a.input / a.stride);

function picked(
  walk: Walk,
  value: string,
  channels: number,
  factor: number,
  axes: readonly Single[],
): string {
  const kernel = axes.map((a) => a.kernel);
  const size = kernel.reduce((n, length) => n * length, 1);
  const at = axes.reduce((index, a) => index * a.kernel + a.place, 0);
  const weights = new Float32Array(channels * size);
  for (const channel of range(channels)) weights[channel * size + at] = factor;
  return walk.emit('Conv', [value, walk.constant(float32(weights, [channels, 1, ...kernel]))], {
    group: int(channels),
    kernel_shape: ints(kernel),
    strides: ints(axes.map((a) => a.stride)),
    pads: ints([...axes.map((a) => a.pads[0]), ...axes.map((a) => a.pads[1])]),
  });
}
