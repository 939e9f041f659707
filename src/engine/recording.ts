import type { Graph } from '../graph/graph.js';
import type { Engine } from './engine.js';

/** An engine that keeps the graphs it compiles; `name` is another name to give it. */
export function recording(engine: Engine, name = engine.name): Engine & { readonly graphs: Graph[] } {
  const graphs: Graph[] = [];
  return {
    ...engine,
    name,
    graphs,
    compile(graph, options) {
      graphs.push(graph);
      return engine.compile(graph, options);
    },
  };
}
