import { type Builder, extend } from '../../graph/builder.js';
import type { Graph } from '../../graph/graph.js';

/** A builder of a graph whose input `name` is not fed but made, before all else, by the nodes that `make` adds. */
export function withMadeInput(graph: Graph, name: string, make: (builder: Builder) => string): Builder {
  const builder = extend(graph);
  builder.declare(graph.inputs.find((value) => value.name === name)!);
  builder.alias(make(builder), name);
  const made = builder.finish([], []);
  return extend({ ...made, nodes: [...made.nodes.slice(graph.nodes.length), ...graph.nodes] });
}
