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

export const stopped = () => new SightlineError('cancelled', 'stopped');

/** Whether an error means that the work was stopped: it is then nobody's fault and goes all the way up. */
export const isStopped = (error: unknown): boolean =>
  error instanceof SightlineError && error.kind === 'cancelled';

/** Throws where the work was stopped, and lets the event loop see the request first. */
export async function checkpoint({ signal }: RunContext): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (signal?.aborted) throw stopped();
}
