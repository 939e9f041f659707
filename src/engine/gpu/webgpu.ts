import { ints, intsOf, stringOf } from '../../graph/attributes.js';
import { int64 } from '../../graph/elements.js';
import type { Node } from '../../graph/graph.js';
import { changed, type Rewrite } from '../../graph/rewrite.js';

/**
 * Works around an error of the WebGPU provider of ONNX Runtime 1.30. When a convolution has a kernel as
 * large as its input and padding only at the end, the provider replaces it by a matrix product and ignores
 * the padding. This pass also pads the start of the first spatial axis and slices off the extra row of
 * results. A separate Pad node would not help: ONNX Runtime fuses it back into the convolution.
 */
export const paddedBefore: Rewrite = (node, edit) => {
  const end = paddedBehind(node);
  if (!end) return undefined;
  const y = node.outputs[0]!;
  const longer = edit.fresh(`${y}.longer`);
  const begin = end.map((_, axis) => (axis === 0 ? (intsOf(node, 'strides')?.[0] ?? 1) : 0));
  const [one, last, axis] = [1, 2 ** 31 - 1, 2].map((value) => edit.constant(int64([value])));
  return [
    changed(node, {
      outputs: [longer],
      attributes: { pads: ints([...begin, ...end]), auto_pad: undefined },
    }),
    edit.node('Slice', [longer, one!, last!, axis!], y),
  ];
};

/** The end padding of a convolution that has end padding but no start padding. */
function paddedBehind(node: Node): readonly number[] | undefined {
  if (node.op !== 'Conv' || node.domain !== '') return undefined;
  const pads = intsOf(node, 'pads') ?? samePads(node);
  if (!pads) return undefined;
  const [begin, end] = [pads.slice(0, pads.length / 2), pads.slice(pads.length / 2)];
  return begin.every((p) => p === 0) && end.some((p) => p > 0) ? end : undefined;
}

/**
 * The padding of SAME_UPPER with stride 1. With a larger stride, SAME_UPPER pads the start as well when the
 * kernel is as large as the input.
 */
function samePads(node: Node): readonly number[] | undefined {
  const kernel = intsOf(node, 'kernel_shape');
  const strides = intsOf(node, 'strides') ?? [];
  if (stringOf(node, 'auto_pad', 'NOTSET') !== 'SAME_UPPER' || !kernel || strides.some((s) => s > 1)) {
    return undefined;
  }
  const total = kernel.map((k, axis) => (k - 1) * (intsOf(node, 'dilations')?.[axis] ?? 1));
  return [...total.map((t) => Math.floor(t / 2)), ...total.map((t) => Math.ceil(t / 2))];
}
