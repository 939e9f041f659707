import type { Graph } from '../graph/graph.js';
import type { Arrays, Engine } from './engine.js';

/** One run of a program: the number of the program, the shapes of its feeds, and the bytes both ways. */
export interface RecordedRun {
  readonly program: number;
  readonly shapes: string;
  readonly bytes: number;
}

export interface Recording extends Engine {
  readonly graphs: Graph[];
  readonly runs: RecordedRun[];
}

/** An engine that keeps the graphs it compiles and notes their runs; `name` is another name to give it. */
export function recording(engine: Engine, name = engine.name): Recording {
  const graphs: Graph[] = [];
  const runs: RecordedRun[] = [];
  let programs = 0;
  return {
    ...engine,
    name,
    graphs,
    runs,
    async compile(graph, options) {
      graphs.push(graph);
      const number = programs++;
      const program = await engine.compile(graph, options);
      return {
        ...program,
        async run(feeds, outputs) {
          const found = await program.run(feeds, outputs);
          const shapes = Object.entries(feeds).map(([feed, { shape }]) => `${feed}[${shape}]`);
          runs.push({ program: number, shapes: shapes.join(' '), bytes: bytesOf(feeds) + bytesOf(found) });
          return found;
        },
      };
    },
  };
}

const bytesOf = (arrays: Arrays): number =>
  Object.values(arrays).reduce((sum, { data }) => sum + data.byteLength, 0);
