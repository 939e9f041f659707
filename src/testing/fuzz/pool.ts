import { type ChildProcess, fork } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from './child.js';
import type { FuzzKind } from './kind.js';

/** For one input: seconds, and bytes of memory of each process. */
const limits = { seconds: 10, memory: 2e9 };
const tick = 50;

export interface FuzzOptions {
  readonly count: number;
  readonly seed: number;
  /** Folder for temporary files. */
  readonly work: string;
  readonly parallel: number;
  /** Called for each failure, with the path of the input. */
  readonly failed: (outcome: Outcome, path: string) => Promise<void>;
}

export interface FuzzResult {
  readonly read: number;
  readonly refused: number;
  readonly failed: number;
}

/** Tries inputs in child processes, which are ended and replaced where one breaks a limit. */
export async function fuzz(kind: FuzzKind, options: FuzzOptions): Promise<FuzzResult> {
  const result = { read: 0, refused: 0, failed: 0 };
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(options.parallel, options.count) }, async (_, lane) => {
      const folder = join(options.work, String(lane));
      let child: Child | undefined;
      for (let index = next++; index < options.count; index = next++) {
        child ??= await start(kind.name, options.seed, folder);
        const outcome = await child.attempt(index);
        if (!child.alive()) child = undefined;
        if (outcome.fault !== undefined) {
          result.failed++;
          await options.failed(outcome, join(folder, kind.file));
        } else if (outcome.read) result.read++;
        else result.refused++;
      }
      child?.end();
    }),
  );
  return result;
}

interface Child {
  attempt(index: number): Promise<Outcome>;
  alive(): boolean;
  end(): void;
}

async function start(kind: string, seed: number, folder: string): Promise<Child> {
  const child = fork(join(__dirname, 'child.js'), [kind, String(seed), folder], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  let alive = true;
  child.on('exit', () => {
    alive = false;
  });
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', () => reject(new Error(`the process for ${kind} does not start: ${said}`)));
  });
  return {
    alive: () => alive,
    end: () => child.kill('SIGKILL'),
    attempt: (index) =>
      new Promise((resolve) => {
        const begun = performance.now();
        const watch = setInterval(() => {
          if (performance.now() - begun > 1000 * limits.seconds) stop(`no answer in ${limits.seconds} s`);
          else if (memoryOf(child) > limits.memory) stop(`more than ${limits.memory} bytes of memory`);
        }, tick);
        const exited = (code: number | null, signal: string | null) =>
          done({ index, read: false, fault: `the process ended with ${signal ?? code}: ${said}` });
        const stop = (fault: string) => {
          alive = false;
          child.off('exit', exited);
          child.once('exit', () => done({ index, read: false, fault }));
          child.kill('SIGKILL');
        };
        const done = (outcome: Outcome) => {
          clearInterval(watch);
          child.off('message', done);
          child.off('exit', exited);
          resolve(outcome);
        };
        child.on('message', done);
        child.once('exit', exited);
        child.send(index);
      }),
  };
}

/** Resident bytes of the largest of a process and its children; 0 where the system does not tell. */
function memoryOf({ pid }: ChildProcess): number {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean),
    );
    const sizes = [String(pid), ...children].map((id) => {
      const [, pages = '0'] = readFileSync(`/proc/${id}/statm`, 'utf8').split(' ');
      return 4096 * Number(pages);
    });
    return Math.max(...sizes);
  } catch {
    return 0;
  }
}
