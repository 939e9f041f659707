import type { Constant, Graph } from '../graph/graph.js';

export type Arrays = Readonly<Record<string, Constant>>;

export interface CompileOptions {
  /**
   * Output name -> input name. The engine keeps this output of a run and feeds it to that input in the next
   * run.
   */
  readonly carry?: Readonly<Record<string, string>>;
  /** The initial values of the carried inputs. */
  readonly state?: Arrays;
}

/** A compiled graph. */
export interface Program {
  /** The number of runs that execute in parallel. */
  readonly sessions: number;
  /**
   * Runs the graph on `feeds`, by input name. `outputs` names the outputs to return; by default all except
   * carried ones. Throws an input error for a missing input or one of the wrong type or shape.
   */
  run(feeds: Arrays, outputs?: readonly string[]): Promise<Arrays>;
  /** The current values of carried inputs, by input name. */
  state(): Promise<Arrays>;
  /** Whether the thread or process that compiled the program still runs. If not, compile the graph again. */
  alive(): boolean;
  /** Frees the program. */
  dispose(): Promise<void>;
}

/**
 * Compiles and runs graphs outside the calling thread, so that a notebook stays responsive and can interrupt
 * a run.
 */
export interface Engine {
  /** The engine's name for errors and tables. */
  readonly name: string;
  /** Whether it rounds the factors of convolutions and matrix products to TF32; not by default. */
  readonly tf32?: boolean;
  /** Compiles a graph. Throws when the engine cannot run it. */
  compile(graph: Graph, options?: CompileOptions): Promise<Program>;
  /** The free memory of its device in bytes, as it first was; `undefined` where that is unknown. */
  freeMemory?(): number | undefined;
  /** Cancels waiting runs and frees all resources after the current run. */
  dispose(): Promise<void>;
}
