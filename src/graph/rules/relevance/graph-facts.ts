import type { Walk } from '../../backward.js';
import { is } from '../../catalogue/index.js';
import type { Graph, Node } from '../../graph.js';
import { producersOf, readersOf, readsOf } from '../../order.js';
import { nonNegativeValues } from '../../signs.js';

/** What relevance rules ask about a graph beyond the node at hand. */
export interface GraphFacts {
  readonly graph: Graph;
  readonly producers: ReadonlyMap<string, Node>;
  readonly readers: ReadonlyMap<string, readonly Node[]>;
  readonly nonNegative: ReadonlySet<string>;
  /** Layers that no other layer comes before. */
  readonly first: ReadonlySet<Node>;
}

/** Whether a node multiplies its first input with its second as a layer does its weights. */
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

/** The inputs that depend on what is explained; the others are constants. */
export const activeInputs = (node: Node, walk: Pick<Walk, 'needsGradient'>): string[] =>
  node.inputs.filter((v) => v !== '' && walk.needsGradient(v));

/** The only node that reads a value, where nothing else does. */
export function onlyReader(value: string, facts: GraphFacts): Node | undefined {
  const readers = facts.readers.get(value) ?? [];
  return readers.length === 1 && !facts.graph.outputs.some((v) => v.name === value) ? readers[0] : undefined;
}
