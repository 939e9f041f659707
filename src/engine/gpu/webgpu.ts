import { ints, intsOf, stringOf } from '../../graph/attributes.js';
import { int64 } from '../../graph/elements.js';
import type { Graph, Node } from '../../graph/graph.js';
import { changed, rewriteNodes } from '../../graph/rewrite.js';

/**
 * A graph whose every result the WebGPU provider gets right. ONNX Runtime 1.30 takes a convolution whose
 * kernel is as large as its input for a matrix product where nothing is padded before the input, and forgets
 * what is padded behind: there the first axis is padded before as well, and the row of results that this adds
 * is cut off. (Padding in a node of its own is fused back into the convolution.)
 */
export const forWebgpu = (graph: Graph): Graph =>
  rewriteNodes(graph, (node, edit) => {
    const end = paddedBehind(node);
    if (!end) return node;
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
  });

/** The padding behind the input of a convolution that has none before it. */
function paddedBehind(node: Node): readonly number[] | undefined {
  if (node.op !== 'Conv' || node.domain !== '') return undefined;
  const pads = intsOf(node, 'pads') ?? samePads(node);
  if (!pads) return undefined;
  const [begin, end] = [pads.slice(0, pads.length / 2), pads.slice(pads.length / 2)];
  return begin.every((p) => p === 0) && end.some((p) => p > 0) ? end : undefined;
}

/** With a stride, SAME_UPPER pads before the input as well wherever the kernel is as large as it. */
function samePads(node: Node): readonly number[] | undefined {
  const kernel = intsOf(node, 'kernel_shape');
  const strides = intsOf(node, 'strides') ?? [];
  if (stringOf(node, 'auto_pad', 'NOTSET') !== 'SAME_UPPER' || !kernel || strides.some((s) => s > 1)) {
    return undefined;
  }
  const total = kernel.map((k, axis) => (k - 1) * (intsOf(node, 'dilations')?.[axis] ?? 1));
  return [...total.map((t) => Math.floor(t / 2)), ...total.map((t) => Math.ceil(t / 2))];
}
