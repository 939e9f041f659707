import { MessageChannel, parentPort, workerData } from 'node:worker_threads';
import { messageOf, SightlineError } from '../base/errors.js';
import type { Arrays } from './engine.js';
import {
  type Answer,
  buffersOf,
  type CompileRequest,
  type EngineRequest,
  end,
  type PostedRequest,
  type RunRequest,
  type SessionData,
} from './protocol.js';
import { keptBuffers, pack, unpack } from './shared-file.js';

/** Compiles and runs the programs of one engine inside its thread. */
export interface Backend<P> {
  compile(request: CompileRequest): Promise<P>;
  run(program: P, request: RunRequest): Promise<Arrays>;
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
  const file = (workerData as SessionData | null)?.file;
  const programs = new Map<number, P>();
  let last: Promise<void> = Promise.resolve();
  const buffers = keptBuffers();
  // No backend holds the feeds of a run after its answer.
  const kept = ({ kind }: PostedRequest) => (kind === 'run' ? buffers : undefined);
  const reply = (answer: Answer) => {
    const buffers = 'arrays' in answer ? buffersOf(answer.arrays) : [];
    if (file === undefined) return port.postMessage(answer, buffers);
    port.postMessage(pack(answer, file));
    free(buffers);
  };
  port.on('message', (message: PostedRequest | typeof end) => {
    if (message === end) process.exit();
    last = last.then(async () => {
      const request = file === undefined ? message : (unpack(message, file, kept(message)) as PostedRequest);
      reply(await answerTo(request, backend, programs));
    });
  });
}

/** Frees memory at once. The garbage collector would let that of several answers pile up. */
function free(buffers: ArrayBuffer[]): void {
  nowhere.postMessage(undefined, buffers);
}

/** A port whose other end is closed: what is transferred to it ceases to exist. */
const { port1: nowhere, port2: otherEnd } = new MessageChannel();
otherEnd.close();

async function answerTo<P>(
  request: PostedRequest,
  backend: Backend<P>,
  programs: Map<number, P>,
): Promise<Answer> {
  try {
    return { id: request.id, arrays: await work(request, backend, programs) };
  } catch (error) {
    const kind = error instanceof SightlineError ? error.kind : 'environment';
    return { id: request.id, kind, error: messageOf(error) };
  }
}

async function work<P>(
  request: EngineRequest,
  backend: Backend<P>,
  programs: Map<number, P>,
): Promise<Arrays> {
  if (request.kind === 'compile') {
    programs.set(request.program, await backend.compile(request));
    return {};
  }
  const program = programs.get(request.program);
  if (program === undefined) throw new Error('the program was disposed of');
  if (request.kind === 'run') return backend.run(program, request);
  if (request.kind === 'state') return backend.state(program);
  programs.delete(request.program);
  await backend.release(program);
  return {};
}
