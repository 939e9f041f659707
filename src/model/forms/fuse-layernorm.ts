import { float, int, intOf } from '../../graph/attributes.js';
import { float32, numbers } from '../../graph/elements.js';
import type { Constant, Graph, Node } from '../../graph/graph.js';
import { producersOf, readersOf } from '../../graph/order.js';
import { rewriteNodes } from '../../graph/rewrite.js';
import { axisOf, type Shapes } from '../../graph/shapes.js';

interface Found {
  readonly x: string;
  readonly epsilon: number;
  readonly scale?: string;
  readonly shift?: string;
}

/**
 * Fuses LayerNormalization over the last axis into one node where the graph spells it out: (x - mean) /
 * sqrt(variance + epsilon), then a constant scale and shift. Values keep their names; unused nodes are
 * removed.
 */
export function fuseLayerNorm(graph: Graph, shapes: Shapes): Graph {
  const producers = producersOf(graph);
  const readers = readersOf(graph);
  const made = new Map<string, Found>();
  for (const node of graph.nodes) {
    const core = coreOf(node, graph, producers, shapes);
    if (!core) continue;
    const scaled = scaledBy('Mul', node.outputs[0]!, core.x, graph, readers, shapes);
    const shifted = scaledBy('Add', scaled?.output ?? node.outputs[0]!, core.x, graph, readers, shapes);
    const output = shifted?.output ?? scaled?.output ?? node.outputs[0]!;
    made.set(output, {
      ...core,
      ...(scaled && { scale: scaled.constant }),
      ...(shifted && { shift: shifted.constant }),
    });
  }
  if (made.size === 0) return graph;
  const fused = rewriteNodes(graph, (node, edit) => {
    const found = made.get(node.outputs[0] ?? '');
    if (!found) return node;
    const { x, scale, shift, epsilon } = found;
    const ones = () => edit.constant(float32(new Float32Array(shapes.get(x)!.dims.at(-1)!).fill(1)));
    const inputs = [x, scale ?? ones(), ...(shift ? [shift] : [])];
    const attributes = { axis: int(-1), epsilon: float(epsilon) };
    return edit.node('LayerNormalization', inputs, node.outputs[0]!, attributes);
  });
  return withoutUnread(fused);
}

/** Matches Div(d, Sqrt(Add(ReduceMean(d d), epsilon))) with d = x - ReduceMean(x). */
function coreOf(
  node: Node,
  graph: Graph,
  producers: ReadonlyMap<string, Node>,
  shapes: Shapes,
): Found | undefined {
  const made = (value: string | undefined, op: string) => {
    const by = producers.get(value ?? '');
    return by?.op === op && by.domain === '' ? by : undefined;
  };
  const constant = (value: string | undefined) => single(graph.initializers.get(value ?? ''));
  const mean = (value: string | undefined) => {
    const by = made(value, 'ReduceMean');
    if (!by || intOf(by, 'keepdims', 1) !== 1) return undefined;
    const axes = graph.initializers.get(by.inputs[1] ?? '');
    const rank = shapes.get(by.inputs[0]!)?.dims.length ?? 0;
    const last = axes?.data.length === 1 && axisOf(numbers(axes)[0]!, rank) === rank - 1;
    return last ? by.inputs[0] : undefined;
  };
  const centred = (value: string | undefined) => {
    const by = made(value, 'Sub');
    return by && mean(by.inputs[1]) === by.inputs[0] ? by.inputs[0] : undefined;
  };
  if (node.op !== 'Div' || node.domain !== '') return undefined;
  const x = centred(node.inputs[0]);
  const sum = made(made(node.inputs[1], 'Sqrt')?.inputs[0], 'Add');
  if (x === undefined || !sum) return undefined;
  for (const [variance, epsilon] of [sum.inputs, sum.inputs.toReversed()]) {
    const [amount, square] = [constant(epsilon), producers.get(mean(variance) ?? '')];
    if (amount === undefined || !square) continue;
    const squared =
      (square.op === 'Pow' && constant(square.inputs[1]) === 2) ||
      (square.op === 'Mul' && square.inputs[0] === square.inputs[1]);
    if (squared && centred(square.inputs[0]) === x) return { x, epsilon: amount };
  }
  return undefined;
}

/** Matches a product or sum with a constant `[features]`, if it is the only reader of `value`. */
function scaledBy(
  op: 'Mul' | 'Add',
  value: string,
  x: string,
  graph: Graph,
  readers: ReadonlyMap<string, readonly Node[]>,
  shapes: Shapes,
) {
  const [reader, ...others] = readers.get(value) ?? [];
  if (reader?.op !== op || others.length > 0 || graph.outputs.some((v) => v.name === value)) return undefined;
  const constant = reader.inputs[reader.inputs[0] === value ? 1 : 0]!;
  const shape = graph.initializers.get(constant)?.shape;
  return shape?.length === 1 && shape[0] === shapes.get(x)!.dims.at(-1)
    ? { constant, output: reader.outputs[0]! }
    : undefined;
}

const single = (constant: Constant | undefined): number | undefined =>
  constant?.data.length === 1 ? numbers(constant)[0] : undefined;

function withoutUnread(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map((v) => v.name));
  const nodes = graph.nodes.toReversed().filter((node) => {
    const read = node.outputs.some((v) => needed.has(v));
    if (read) for (const input of node.inputs) needed.add(input);
    return read;
  });
  return { ...graph, nodes: nodes.reverse() };
}
