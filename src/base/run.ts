import { SightlineError } from './errors.js';

/** Shows the progress of a long computation: on a terminal, under a notebook cell, or nowhere. */
export interface Progress {
  /** Starts a step of `total` units. `advance` adds finished units; `done` ends the step. */
  start(label: string, total: number): { advance(units?: number, note?: string): void; done(): void };
}

export const silent: Progress = { start: () => ({ advance() {}, done() {} }) };

/** Progress and cancellation of a long computation. */
export interface RunContext {
  /** Where to show progress. */
  readonly progress: Progress;
  /** Cancels the computation when aborted; it then throws a `cancelled` error. */
  readonly signal?: AbortSignal;
}

/** A run context without progress and cancellation. */
export const quietly: RunContext = { progress: silent };

export const stopped = () => new SightlineError('cancelled', 'stopped');

/** Whether an error is a cancellation. */
export const isStopped = (error: unknown): boolean =>
  error instanceof SightlineError && error.kind === 'cancelled';

/**
 * Yields to the event loop, so that a pending interrupt is handled, then throws a `cancelled` error if the
 * run was aborted.
 */
export async function checkpoint({ signal }: RunContext): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (signal?.aborted) throw stopped();
}
