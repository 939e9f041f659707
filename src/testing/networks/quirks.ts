import { ints } from '../../graph/attributes.js';
import { numbers } from '../../graph/elements.js';
import type { Graph, Node } from '../../graph/graph.js';

/** A node that a test adds by hand. */
export const node = (
  op: string,
  inputs: readonly string[],
  output: string,
  rest: Partial<Node> = {},
): Node => ({
  op,
  domain: '',
  name: `made ${output}`,
  inputs,
  outputs: [output],
  attributes: {},
  ...rest,
});

/** An Identity between each node and its readers. */
export function chained(graph: Graph): Graph {
  const made = new Set(graph.nodes.flatMap((n) => n.outputs));
  return {
    ...graph,
    nodes: graph.nodes.flatMap((n) => [
      { ...n, inputs: n.inputs.map((v) => (made.has(v) ? `${v}/again` : v)) },
      ...n.outputs.map((v, i) =>
        i === 0 ? node('Identity', [v], `${v}/once`) : node('Dropout', [v], `${v}/once`),
      ),
      ...n.outputs.map((v) => node('Dropout', [`${v}/once`], `${v}/again`)),
    ]),
  };
}

/** Weights as Constant nodes. */
const asConstants = (graph: Graph): Graph => ({
  ...graph,
  nodes: [
    ...[...graph.initializers].map(([name, value]) =>
      node('Constant', [], name, { attributes: { value: { kind: 'tensor', value } } }),
    ),
    ...graph.nodes,
  ],
  initializers: new Map(),
});

/** Each weight through an Identity of its own, as exporters do with shared ones. */
const shared = (graph: Graph): Graph => ({
  ...graph,
  nodes: [
    ...[...graph.initializers.keys()].map((name) => node('Identity', [name], `${name}/copy`)),
    ...graph.nodes.map((n) => ({
      ...n,
      inputs: n.inputs.map((v) => (graph.initializers.has(v) ? `${v}/copy` : v)),
    })),
  ],
});

const unnamed = (graph: Graph): Graph => ({ ...graph, nodes: graph.nodes.map((n) => ({ ...n, name: '' })) });

/** How exporters write the same graph. */
export const quirks = { chained, asConstants, shared, unnamed };

/** The forms of opset 11: axes as attributes, splits without a count. */
export function aged(graph: Graph): Graph {
  const nodes = graph.nodes.map((n) => {
    const axes = axesAsAttribute.has(n.op) ? graph.initializers.get(n.inputs[1] ?? '') : undefined;
    const { num_outputs: _, ...attributes } = n.attributes;
    if (!axes) return { ...n, attributes };
    return { ...n, inputs: n.inputs.slice(0, 1), attributes: { ...attributes, axes: ints(numbers(axes)) } };
  });
  return { ...graph, opsets: { '': 11 }, nodes };
}

const axesAsAttribute = new Set(['ReduceMean', 'ReduceSum', 'ReduceMax', 'ReduceL2', 'Squeeze', 'Unsqueeze']);
