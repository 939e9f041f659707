import { int, ints, intsOf } from '../../attributes.js';
import { float32, numbers } from '../../elements.js';
import type { Graph, Node } from '../../graph.js';
import { rewriteNodes } from '../../rewrite.js';
import { range } from '../../shapes.js';
import { steps } from '../../steps.js';
import type { Lengths } from './upgrade.js';

/** The values whose shapes `openFold` needs. */
export const needsBlocks = (graph: Graph): string[] =>
  graph.nodes.filter(isFold).map(({ inputs }) => inputs[0]!);

/**
 * Writes Col2Im (PyTorch's `fold`), which adds up overlapping blocks of an image, as a transposed convolution
 * whose kernels put each element of a block in its place.
 */
export function openFold(graph: Graph, lengths: Lengths | undefined): Graph {
  return rewriteNodes(graph, (node, edit) => {
    const [blocks = '', image = '', block = ''] = node.inputs;
    const [size, kernel] = [image, block].map((value) => graph.initializers.get(value));
    const rows = isFold(node) ? lengths?.get(blocks)?.[1] : undefined;
    if (rows === undefined || !size || !kernel) return node;
    const [sides, lengthsOfBlock] = [numbers(size), numbers(kernel)];
    const rank = sides.length;
    const ones = Array<number>(rank).fill(1);
    const [strides, dilations] = [intsOf(node, 'strides') ?? ones, intsOf(node, 'dilations') ?? ones];
    const pads = intsOf(node, 'pads') ?? Array<number>(2 * rank).fill(0);
    const reach = lengthsOfBlock.map((length, i) => dilations[i]! * (length - 1) + 1);
    const room = sides.map((side, i) => side + pads[i]! + pads[i + rank]! - reach[i]!);
    const counts = room.map((length, i) => Math.floor(length / strides[i]!) + 1);
    const elements = lengthsOfBlock.reduce((a, b) => a * b, 1);
    const channels = rows / elements;
    const kernels = new Float32Array(channels * elements * elements);
    for (const i of range(rows)) kernels[i * elements + (i % elements)] = 1;
    const s = steps(node, edit);
    const placed = s.reshape(blocks, [0, rows, ...counts]);
    const weights = edit.constant(float32(kernels, [rows, 1, ...lengthsOfBlock]));
    const attributes = {
      ...{ group: int(channels), strides: ints(strides), dilations: ints(dilations), pads: ints(pads) },
      kernel_shape: ints(lengthsOfBlock),
      output_padding: ints(room.map((length, i) => length % strides[i]!)),
    };
    s.emit('ConvTranspose', [placed, weights], attributes, node.outputs[0]!);
    return s.nodes;
  });
}

const isFold = ({ op, domain }: Node) => op === 'Col2Im' && domain === '';
