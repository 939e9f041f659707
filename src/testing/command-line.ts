import { vi } from 'vitest';
import { sightline } from '../cli/index.js';

export interface Ran {
  readonly code: number;
  /** Lines of standard output and of standard error. */
  readonly out: readonly string[];
  readonly errors: readonly string[];
}

/** Runs a command line in this process. */
export const runLine = (...args: readonly string[]): Promise<Ran> => runStopped(undefined, ...args);

/** The same, stopped as by Ctrl-C when it prints a line that begins like this. */
export async function runStopped(stopAt: string | undefined, ...args: readonly string[]): Promise<Ran> {
  const out: string[] = [];
  let errors = '';
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    errors += chunk;
    return true;
  });
  try {
    const code = await sightline(args, (text) => {
      out.push(...text.split('\n'));
      if (stopAt !== undefined && text.startsWith(stopAt)) process.emit('SIGINT');
    });
    return { code, out, errors: errors.split('\n').filter((line) => line !== '') };
  } finally {
    spy.mockRestore();
  }
}
