import type { Constant, Graph } from '../graph/graph.js';

export type Arrays = Readonly<Record<string, Constant>>;

export interface CompileOptions {
  /** Output name -> input name: the output of one run is kept by the engine as that input of the next. */
  readonly carry?: Readonly<Record<string, string>>;
  /** First values of the carried inputs. */
  readonly state?: Arrays;
}

/** A graph made ready to run. */
export interface Program {
  /** Runs that are worked on at once. */
  readonly sessions: number;
  /** Runs the graph; `outputs` names the wanted ones (all by default, carried ones excepted). */
  run(feeds: Arrays, outputs?: readonly string[]): Promise<Arrays>;
  /** The present values of carried inputs, by input name. */
  state(): Promise<Arrays>;
  dispose(): Promise<void>;
}

/** What runs graphs. Work happens off the calling thread, so a notebook stays responsive and can interrupt it. */
export interface Engine {
  readonly name: string;
  compile(graph: Graph, options?: CompileOptions): Promise<Program>;
  /** Tells all that wait that they are stopped, and frees everything once the run in progress, if any, has ended. */
  dispose(): Promise<void>;
}
