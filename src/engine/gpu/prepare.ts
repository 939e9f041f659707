import { floatOf, int, intOf, ints, intsOf } from '../../graph/attributes.js';
import { int64, scalar } from '../../graph/elements.js';
import type { Graph, Node } from '../../graph/graph.js';
import { changed, type Edit, rewriteAll } from '../../graph/rewrite.js';
import { paddedBefore } from './webgpu.js';

/** The providers of ONNX Runtime for GPUs. */
export type GpuProvider = 'cuda' | 'webgpu';

/** Rewrites a graph in operators that a provider runs on the GPU, and correctly. */
export const prepareFor: Readonly<Record<GpuProvider, (graph: Graph) => Graph>> = {
  cuda: (graph) => rewriteAll(graph, [cropped]),
  webgpu: (graph) => rewriteAll(graph, [paddedBefore, quotient, steep]),
};

export const isGpuProvider = (engine: string): engine is GpuProvider => engine in prepareFor;

/** Whether a transposed convolution is padded differently before and behind: CUDA leaves it to the CPU. */
export function padsUnevenly(node: Node): boolean {
  if (node.op !== 'ConvTranspose' || node.domain !== '') return false;
  const [begin, end] = halves(intsOf(node, 'pads') ?? []);
  return begin.some((pad, axis) => pad !== end[axis]);
}

const halves = (pads: readonly number[]) =>
  [pads.slice(0, pads.length / 2), pads.slice(pads.length / 2)] as const;

/** The same transposed convolution, padded evenly with what both sides have and cropped by the rest. */
function cropped(node: Node, edit: Edit): readonly Node[] | undefined {
  if (!padsUnevenly(node)) return undefined;
  const [begin, end] = halves(intsOf(node, 'pads')!);
  const both = begin.map((pad, axis) => Math.min(pad, end[axis]!));
  const y = node.outputs[0]!;
  const whole = edit.fresh(`${y}.whole`);
  const starts = begin.map((pad, axis) => pad - both[axis]!);
  const ends = end.map((pad, axis) => (pad === both[axis] ? 2 ** 31 - 1 : both[axis]! - pad));
  const cuts = [starts, ends, both.map((_, axis) => axis + 2)].map((values) => edit.constant(int64(values)));
  return [
    changed(node, { outputs: [whole], attributes: { pads: ints([...both, ...both]) } }),
    edit.node('Slice', [whole, ...cuts], y),
  ];
}

/** LRN as x / (bias + alpha mean(x^2))^beta, with the mean over `size` channels around. */
function quotient(node: Node, edit: Edit): readonly Node[] | undefined {
  if (node.op !== 'LRN' || node.domain !== '') return undefined;
  const [x, y] = [node.inputs[0]!, node.outputs[0]!];
  const size = intOf(node, 'size', 1);
  const nodes: Node[] = [];
  const add = (op: string, inputs: readonly string[], attributes = {}, output = edit.fresh(`${y}.${op}`)) => {
    nodes.push(edit.node(op, inputs, output, attributes));
    return output;
  };
  const rows = add('Reshape', [add('Mul', [x, x]), edit.constant(int64([0, 0, -1]))]);
  const plane = add('Unsqueeze', [rows, edit.constant(int64([1]))]); // [N, 1, C, positions]
  const around = (size - 1) / 2;
  const mean = add('AveragePool', [plane], {
    kernel_shape: ints([size, 1]),
    pads: ints([around, 0, around, 0]),
    count_include_pad: int(1),
  });
  const number = (name: string, otherwise: number) => edit.constant(scalar(floatOf(node, name, otherwise)));
  const scaled = add('Mul', [add('Reshape', [mean, add('Shape', [x])]), number('alpha', 1e-4)]);
  const power = add('Pow', [add('Add', [scaled, number('bias', 1)]), number('beta', 0.75)]);
  add('Div', [x, power], {}, y);
  return nodes;
}

/** The sign of a number as a product so steep that it leaves [-1, 1] for all but subnormal numbers. */
function steep({ op, domain, inputs, outputs: [y] }: Node, edit: Edit): readonly Node[] | undefined {
  if (op !== 'Sign' || domain !== '') return undefined;
  const product = edit.fresh(`${y}.steep`);
  const [slope, low, high] = [3e38, -1, 1].map((value) => edit.constant(scalar(value))) as [
    string,
    string,
    string,
  ];
  return [edit.node('Mul', [inputs[0]!, slope], product), edit.node('Clip', [product, low, high], y!)];
}
