import type { Walk } from '../../backward.js';
import { is } from '../../catalogue/index.js';
import type { Graph, Node } from '../../graph.js';
import { producersOf, readersOf, readsOf } from '../../order.js';
import { nonNegativeValues } from '../../signs.js';

/** Properties of the graph that relevance rules use besides the node itself. */
export interface GraphFacts {
  readonly graph: Graph;
  readonly producers: ReadonlyMap<string, Node>;
  readonly readers: ReadonlyMap<string, readonly Node[]>;
  readonly nonNegative: ReadonlySet<string>;
  /** Layers without a layer before them. */
  readonly first: ReadonlySet<Node>;
}

/** Whether a node is the product of its first input with its second, as of a layer's input and weights. */
export const isWeighted = (node: Node): boolean =>
  is(node, 'layer') && (node.op !== 'Einsum' || node.inputs.length === 2);

export function graphFacts(graph: Graph): GraphFacts {
  return {
    graph,
    producers: producersOf(graph),
    readers: readersOf(graph),
    nonNegative: nonNegativeValues(graph),
    first: firstLayers(graph),
  };
}

function firstLayers(graph: Graph): Set<Node> {
  const before = new Set(graph.inputs.map((v) => v.name));
  const first = new Set<Node>();
  for (const node of graph.nodes) {
    if (!readsOf(node).some((v) => before.has(v))) continue;
    if (isWeighted(node)) first.add(node);
    else if (!is(node, 'measures')) for (const output of node.outputs) before.add(output);
  }
  return first;
}

/** The inputs that depend on the explained input; the others are constants. */
export const activeInputs = (node: Node, walk: Pick<Walk, 'needsGradient'>): string[] =>
  node.inputs.filter((v) => v !== '' && walk.needsGradient(v));

/** The only reader of a value; undefined where there are several, or the value is a graph output. */
export function onlyReader(value: string, facts: GraphFacts): Node | undefined {
  const readers = facts.readers.get(value) ?? [];
  return readers.length === 1 && !facts.graph.outputs.some((v) => v.name === value) ? readers[0] : undefined;
}
