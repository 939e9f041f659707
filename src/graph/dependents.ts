import type { Graph } from './graph.js';

/** Values that depend on the graph's inputs; the others are the same for every sample. */
export function dependents(graph: Graph): ReadonlySet<string> {
  const found = new Set(graph.inputs.map((v) => v.name));
  for (const node of graph.nodes) {
    if (node.inputs.some((v) => found.has(v))) for (const output of node.outputs) found.add(output);
  }
  return found;
}

/** All values that `output` is made from, itself included. */
export function ancestors(graph: Graph, output: string): ReadonlySet<string> {
  const found = new Set([output]);
  for (const node of graph.nodes.toReversed()) {
    if (node.outputs.some((v) => found.has(v))) for (const input of node.inputs) found.add(input);
  }
  return found;
}
