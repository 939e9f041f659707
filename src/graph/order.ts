import { inputError } from '../base/errors.js';
import type { Graph, Node } from './graph.js';

/**
 * The graph with its nodes in topological order. Throws an input error where a value is produced twice, is
 * never produced, or depends on itself.
 */
export function inOrder(graph: Graph): Graph {
  const producers = producersOf(graph);
  const known = new Set(['', ...graph.initializers.keys(), ...graph.inputs.map((v) => v.name)]);
  const isSubgraph = graph.opsets[''] === undefined;
  const waiting = new Map<Node, number>();
  const readers = new Map<string, Node[]>();
  const ready: Node[] = [];
  for (const node of graph.nodes) {
    const missing = new Set(readsOf(node).filter((v) => !known.has(v) && producers.has(v)));
    for (const value of node.inputs) {
      if (!known.has(value) && !producers.has(value) && !isSubgraph) {
        throw inputError(`node '${node.name}' (${node.op}) reads '${value}', which nothing makes`);
      }
    }
    if (missing.size === 0) ready.push(node);
    else waiting.set(node, missing.size);
    for (const value of missing) readers.set(value, [...(readers.get(value) ?? []), node]);
  }
  const nodes: Node[] = [];
  for (const node of ready) {
    nodes.push(node);
    for (const output of node.outputs) {
      for (const reader of readers.get(output) ?? []) {
        const left = waiting.get(reader)! - 1;
        waiting.set(reader, left);
        if (left === 0) ready.push(reader);
      }
    }
  }
  if (nodes.length < graph.nodes.length) throw inputError('its nodes depend on each other in a circle');
  return { ...graph, nodes };
}

/** The node that produces each value. Throws an input error where two nodes produce the same value. */
export function producersOf(graph: Graph): Map<string, Node> {
  const producers = new Map<string, Node>();
  for (const node of graph.nodes) {
    for (const output of node.outputs) {
      if (output === '') continue;
      if (producers.has(output))
        throw inputError(`'${output}' is made twice, by '${node.name}' and another node`);
      producers.set(output, node);
    }
  }
  return producers;
}

/**
 * The values that a node and its subgraphs (If, Loop, Scan) read, including those that a subgraph produces.
 */
export const readsOf = (node: Node): string[] => [...node.inputs, ...innerReads(node)];

/** The values that a node's subgraphs read, from the outer graph or from the subgraph itself. */
export function innerReads({ attributes }: Node): string[] {
  return Object.values(attributes).flatMap((attribute) =>
    attribute.kind === 'graph'
      ? [...attribute.value.nodes.flatMap(readsOf), ...attribute.value.outputs.map(({ name }) => name)]
      : [],
  );
}

/** The nodes that read each value, directly or in a subgraph. */
export function readersOf(graph: Graph): Map<string, Node[]> {
  const readers = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const input of new Set(readsOf(node))) {
      const list = readers.get(input);
      if (list) list.push(node);
      else readers.set(input, [node]);
    }
  }
  return readers;
}

/**
 * The values that are no output of a graph and that each reader `serves`, by what is known of those that its
 * own outputs are read for.
 */
export function readOnlyFor(
  graph: Graph,
  serves: (reader: Node, value: string, found: ReadonlySet<string>) => boolean,
): ReadonlySet<string> {
  const found = new Set<string>();
  const readers = readersOf(graph);
  const shown = new Set(graph.outputs.map(({ name }) => name));
  for (const value of graph.nodes.toReversed().flatMap(({ outputs }) => outputs)) {
    const own = readers.get(value) ?? [];
    if (own.length > 0 && !shown.has(value) && own.every((reader) => serves(reader, value, found)))
      found.add(value);
  }
  return found;
}

/** The values that depend on the graph's inputs. All others are the same for every sample. */
export function dependents(graph: Graph): ReadonlySet<string> {
  const found = new Set(graph.inputs.map((v) => v.name));
  for (const node of graph.nodes) {
    if (readsOf(node).some((v) => found.has(v))) for (const output of node.outputs) found.add(output);
  }
  return found;
}

/** All values that `output` depends on, itself included. */
export function ancestors(graph: Graph, output: string): ReadonlySet<string> {
  const found = new Set([output]);
  for (const node of graph.nodes.toReversed()) {
    if (node.outputs.some((v) => found.has(v))) for (const input of readsOf(node)) found.add(input);
  }
  return found;
}

/** Whether a node holds a graph, as If, Loop and Scan do. */
export const holdsGraph = ({ attributes }: Node): boolean =>
  Object.values(attributes).some(({ kind }) => kind === 'graph');
