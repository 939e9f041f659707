import { intsOf } from '../../attributes.js';
import { numbers } from '../../elements.js';
import type { Graph, Node } from '../../graph.js';

/** A value's lengths, a name where one is open. */
export type Lengths = readonly (number | string)[];

/** The lengths that a graph declares, those `given`, and what simple operators make of them. */
export function lengthsOf(graph: Graph, given: ReadonlyMap<string, Lengths>): Map<string, Lengths> {
  const known = new Map(given);
  for (const { name, shape } of [...graph.inputs, ...graph.outputs, ...(graph.between ?? [])]) {
    if (shape) known.set(name, shape);
  }
  for (const [name, { shape }] of graph.initializers) known.set(name, shape);
  for (const node of graph.nodes) {
    const [y] = node.outputs as [string];
    const found = known.get(y) ?? infer(node, graph, known);
    if (found) known.set(y, found);
  }
  return known;
}

export const sameLengths = (a: Lengths | undefined, b: Lengths | undefined): boolean =>
  a !== undefined && a.length === b?.length && a.every((length, axis) => length === b[axis]);

function infer(node: Node, graph: Graph, known: ReadonlyMap<string, Lengths>): Lengths | undefined {
  if (node.domain !== '') return undefined;
  const [a, b] = node.inputs.map((value) => known.get(value));
  if (handingOn.has(node.op)) return a;
  if (node.op === 'Add' || node.op === 'Sub' || node.op === 'Mul') {
    if (!a || !b) return undefined;
    return a.length >= b.length && b.every((n, i) => n === 1 || n === a[a.length - b.length + i])
      ? a
      : undefined;
  }
  if (node.op === 'Reshape') {
    const to = graph.initializers.get(node.inputs[1]!);
    const shape = to && numbers(to);
    return shape?.every((length) => length > 0) ? shape : undefined;
  }
  return node.op === 'Conv' && a && b ? convolved(node, a, b) : undefined;
}

const handingOn = new Set([
  ...['Relu', 'LeakyRelu', 'Sigmoid', 'Tanh', 'HardSigmoid', 'Clip', 'Neg', 'Abs', 'Sqrt', 'Identity'],
  'BatchNormalization',
]);

function convolved(node: Node, [batch, , ...input]: Lengths, [outputs]: Lengths): Lengths | undefined {
  const kernel = intsOf(node, 'kernel_shape');
  const pads = intsOf(node, 'pads') ?? input.flatMap(() => [0, 0]);
  if (!kernel || node.attributes.auto_pad) return undefined;
  const spatial = input.map((length, axis) => {
    const reach = (kernel[axis]! - 1) * (intsOf(node, 'dilations')?.[axis] ?? 1) + 1;
    const padded = Number(length) + pads[axis]! + pads[axis + input.length]!;
    return Math.floor((padded - reach) / (intsOf(node, 'strides')?.[axis] ?? 1)) + 1;
  });
  return spatial.every(Number.isInteger) ? [batch!, outputs!, ...spatial] : undefined;
}
