import { isFloat } from '../../elements.js';
import type { Graph, Node, Value } from '../../graph.js';
import { producersOf } from '../../order.js';

const moving = new Set(['Identity', 'Flatten', 'Reshape', 'Squeeze', 'Transpose', 'Unsqueeze']);

/** The grid of integers that end a quantised graph: scale, and zero point if any; one for all values. */
function gridOf(
  graph: Pick<Graph, 'initializers'>,
  made: ReadonlyMap<string, Node>,
  value: string,
): readonly string[] {
  const node = made.get(value);
  if (node?.domain !== '') return [];
  if (moving.has(node.op)) return gridOf(graph, made, node.inputs[0]!);
  const [, scale = '', zero] = node.op === 'QuantizeLinear' ? node.inputs : [];
  return graph.initializers.get(scale)?.data.length === 1 ? [scale, ...(zero ? [zero] : [])] : [];
}

/** Outputs that are integers of a quantised graph become, under their names, the numbers they stand for. */
export function openOutputs(graph: Graph): Graph {
  const made = producersOf(graph);
  const grids = new Map(
    graph.outputs
      .filter(({ type }) => !isFloat(type))
      .map(({ name }) => [name, gridOf(graph, made, name)] as const)
      .filter(([, grid]) => grid.length > 0),
  );
  if (grids.size === 0) return graph;
  const whole = (value: string) => (grids.has(value) ? `sl.${value}.whole` : value);
  const nodes = graph.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(whole),
    outputs: node.outputs.map(whole),
  }));
  const ends = [...grids].map(
    ([name, grid]): Node => ({
      ...{ op: 'DequantizeLinear', domain: '', name: `sl.${name}.numbers`, attributes: {} },
      ...{ inputs: [whole(name), ...grid], outputs: [name] },
    }),
  );
  const outputs = graph.outputs.map((v): Value => (grids.has(v.name) ? { ...v, type: 'float32' } : v));
  return { ...graph, nodes: [...nodes, ...ends], outputs };
}
