import { terminalProgress } from '../base/progress-terminal.js';
import type { Progress, RunContext } from '../base/run.js';
import { inNotebook } from './display.js';
import { notebookProgress } from './progress-notebook.js';

/** Progress under the notebook cell, or on the terminal. */
export const progressHere = (): Progress => (inNotebook() ? notebookProgress() : terminalProgress());

/**
 * Runs long work with progress shown here, and stops it on an interrupt: the notebook's stop button, or
 * Ctrl-C (a second one ends the process).
 */
export async function runHere<T>(work: (run: RunContext) => Promise<T>): Promise<T> {
  // Node removes listeners while a cell's synchronous part runs, so this one is added afterwards.
  await new Promise((resolve) => setImmediate(resolve));
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once('SIGINT', interrupt);
  try {
    return await work({ progress: progressHere(), signal: stop.signal });
  } finally {
    process.off('SIGINT', interrupt);
  }
}
