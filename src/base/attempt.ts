import { spawn } from 'node:child_process';
import { messageOf } from './errors.js';

export interface Attempt {
  readonly ok: boolean;
  /** Its output, or the reason of its failure in one line. */
  readonly said: string;
}

const PATIENCE_MS = 60_000;

/** Runs a program that may crash or hang in its own process. */
export function attempt(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Attempt> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
      // A `timeout` would keep this process waiting where the program could not be started.
      signal: AbortSignal.timeout(PATIENCE_MS),
      killSignal: 'SIGKILL',
    });
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
    });
    child.on('error', (error) => {
      const late = error.name === 'AbortError';
      resolve({ ok: false, said: late ? `no answer in ${PATIENCE_MS / 1000} s` : messageOf(error) });
    });
    child.on('close', (code, signal) => {
      if (code === 0) return resolve({ ok: true, said: said.trim() });
      const end = signal ? `it was ended by ${signal}` : `it ended with code ${code}`;
      resolve({ ok: false, said: said.trim().split('\n').at(-1) || end });
    });
  });
}
