import { SightlineError } from './errors.js';

/** Told of work that takes a while; a terminal, a notebook cell or nobody shows it. */
export interface Progress {
  /** Begins a step of `total` units; `advance` moves it, `done` ends it. */
  start(label: string, total: number): { advance(units?: number, note?: string): void; done(): void };
}

export const silent: Progress = { start: () => ({ advance() {}, done() {} }) };

/** What every long piece of work takes: whom to tell, and who may stop it. */
export interface RunContext {
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

export const quietly: RunContext = { progress: silent };

/** Throws where the work was stopped, and lets the event loop see the request first. */
export async function checkpoint({ signal }: RunContext): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (signal?.aborted) throw new SightlineError('cancelled', 'stopped');
}
