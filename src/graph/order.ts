import { inputError } from '../base/errors.js';
import type { Graph, Node } from './graph.js';

/**
 * The graph with its nodes in an order in which they can be run.
 * Throws where a value is made twice, is never made, or depends on itself.
 */
export function inOrder(graph: Graph): Graph {
  const producers = producersOf(graph);
  const known = new Set(['', ...graph.initializers.keys(), ...graph.inputs.map((v) => v.name)]);
  const isSubgraph = graph.opsets[''] === undefined;
  const waiting = new Map<Node, number>();
  const readers = new Map<string, Node[]>();
  const ready: Node[] = [];
  for (const node of graph.nodes) {
    const missing = new Set(node.inputs.filter((v) => !known.has(v) && producers.has(v)));
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

/** The node that makes each value. */
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

/** The nodes that read each value. */
export function readersOf(graph: Graph): Map<string, Node[]> {
  const readers = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const input of new Set(node.inputs)) {
      const list = readers.get(input);
      if (list) list.push(node);
      else readers.set(input, [node]);
    }
  }
  return readers;
}
