import { parentPort } from 'node:worker_threads';
import { messageOf, SightlineError } from '../base/errors.js';
import type { Arrays } from './engine.js';
import {
  type Answer,
  type Asked,
  buffersOf,
  type Compile,
  end,
  type Question,
  type Run,
} from './protocol.js';

/** What runs the programs of one engine, in a thread or process of its own. */
export interface Backend<P> {
  compile(question: Compile): Promise<P>;
  run(program: P, question: Run): Promise<Arrays>;
  /** Copies of the carried values. */
  state(program: P): Promise<Arrays>;
  release(program: P): Promise<void>;
}

/** Answers the questions of the program that started this thread or process, one after the other. */
export function serve<P>(backend: Backend<P>): void {
  const programs = new Map<number, P>();
  let last: Promise<void> = Promise.resolve();
  const listen = (asked: Asked | typeof end) => {
    if (asked === end) process.exit();
    last = last.then(async () => reply(await answerTo(asked, backend, programs)));
  };
  if (parentPort) {
    parentPort.on('message', listen);
    return;
  }
  process.on('message', listen);
  process.on('disconnect', () => process.exit());
  // An interrupt at the terminal reaches the whole group; whether to stop is for the program that asks.
  process.on('SIGINT', () => undefined);
}

async function answerTo<P>(asked: Asked, backend: Backend<P>, programs: Map<number, P>): Promise<Answer> {
  try {
    return { id: asked.id, arrays: await work(asked, backend, programs) };
  } catch (error) {
    const kind = error instanceof SightlineError ? error.kind : 'environment';
    return { id: asked.id, kind, error: messageOf(error) };
  }
}

async function work<P>(asked: Question, backend: Backend<P>, programs: Map<number, P>): Promise<Arrays> {
  if (asked.kind === 'compile') {
    programs.set(asked.program, await backend.compile(asked));
    return {};
  }
  const program = programs.get(asked.program);
  if (program === undefined) throw new Error('the program was disposed of');
  if (asked.kind === 'run') return backend.run(program, asked);
  if (asked.kind === 'state') return backend.state(program);
  programs.delete(asked.program);
  await backend.release(program);
  return {};
}

function reply(answer: Answer): void {
  if (parentPort) parentPort.postMessage(answer, 'arrays' in answer ? buffersOf(answer.arrays) : []);
  else process.send?.(answer);
}
