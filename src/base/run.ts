import { SightlineError } from './errors.js';

/** Shows the progress of long work: on a terminal, under a notebook cell, or nowhere. */
export interface Progress {
  /** Begins a step of `total` units; `advance` adds finished units, `done` ends the step. */
  start(label: string, total: number): { advance(units?: number, note?: string): void; done(): void };
}

export const silent: Progress = { start: () => ({ advance() {}, done() {} }) };

/** Progress and cancellation of a long piece of work. */
export interface RunContext {
  /** Where progress is shown. */
  readonly progress: Progress;
  /** Stops the work when aborted: it then throws a `cancelled` error. */
  readonly signal?: AbortSignal;
}

/** A run context that shows no progress and cannot be stopped. */
export const quietly: RunContext = { progress: silent };

export const stopped = () => new SightlineError('cancelled', 'stopped');

/** Whether the error is a cancellation, which is passed up to the caller. */
export const isStopped = (error: unknown): boolean =>
  error instanceof SightlineError && error.kind === 'cancelled';

/**
 * Throws a `cancelled` error where the work was stopped; yields to the event loop first, so that a pending
 * request is seen.
 */
export async function checkpoint({ signal }: RunContext): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (signal?.aborted) throw stopped();
}
