import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, SightlineError } from '../base/errors.js';
import type { Arrays } from './engine.js';
import { pack, unpack } from './mail.js';
import {
  type Answer,
  type Asked,
  buffersOf,
  type Compile,
  end,
  type LaneData,
  type Question,
  type Run,
} from './protocol.js';

/** Compiles and runs the programs of one engine inside its thread. */
export interface Backend<P> {
  compile(question: Compile): Promise<P>;
  run(program: P, question: Run): Promise<Arrays>;
  /** Returns copies of the carried values. */
  state(program: P): Promise<Arrays>;
  release(program: P): Promise<void>;
}

/**
 * Answers the requests to this thread, one at a time. Large arrays pass through the session's file when the
 * thread belongs to a host process.
 */
export function serve<P>(backend: Backend<P>): void {
  const port = parentPort!;
  const file = (workerData as LaneData | null)?.file;
  const programs = new Map<number, P>();
  let last: Promise<void> = Promise.resolve();
  const reply = (answer: Answer) => {
    if (file !== undefined) port.postMessage(pack(answer, file));
    else port.postMessage(answer, 'arrays' in answer ? buffersOf(answer.arrays) : []);
  };
  port.on('message', (message: Asked | typeof end) => {
    if (message === end) process.exit();
    last = last.then(async () => {
      const asked = file === undefined ? message : (unpack(message, file) as Asked);
      reply(await answerTo(asked, backend, programs));
    });
  });
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
