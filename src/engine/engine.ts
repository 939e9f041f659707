import type { Constant, Graph } from '../graph/graph.js';

export type Arrays = Readonly<Record<string, Constant>>;

export interface CompileOptions {
  /** Output name -> input name: the output of one run is kept by the engine as that input of the next. */
  readonly carry?: Readonly<Record<string, string>>;
  /** First values of the carried inputs. */
  readonly state?: Arrays;
}

/** A compiled graph. */
export interface Program {
  /** Number of runs that are computed at once. */
  readonly sessions: number;
  /**
   * Runs the graph on `feeds` by input name; `outputs` names the values to return (all by default, except
   * carried ones).
   */
  run(feeds: Arrays, outputs?: readonly string[]): Promise<Arrays>;
  /** The current values of carried inputs, by input name. */
  state(): Promise<Arrays>;
  /**
   * Whether what it was compiled for still lives; where not, it runs no more, and is to be compiled again.
   */
  alive(): boolean;
  /** Frees the program. */
  dispose(): Promise<void>;
}

/**
 * Compiles and runs graphs off the calling thread, so that a notebook stays responsive and can interrupt it.
 */
export interface Engine {
  /** The engine's name, for errors and tables. */
  readonly name: string;
  /** Compiles a graph. Throws where the engine cannot run it. */
  compile(graph: Graph, options?: CompileOptions): Promise<Program>;
  /** Cancels waiting runs, and frees everything once the current run has ended. */
  dispose(): Promise<void>;
}
