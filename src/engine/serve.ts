import { MessageChannel, type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { messageOf, SightlineError } from '../base/errors.js';
import type { Arrays } from './engine.js';
import { readFrame, writeFrame } from './frames.js';
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

/** Answers the requests to this thread, one at a time: on its port, or in a host process on its files. */
export function serve<P>(backend: Backend<P>): void {
  const session = workerData as SessionData | null;
  if (session) void serveFiles(backend, session);
  else servePort(backend, parentPort!);
}

function servePort<P>(backend: Backend<P>, port: MessagePort): void {
  const programs = new Map<number, P>();
  let last: Promise<void> = Promise.resolve();
  port.on('message', (request: PostedRequest | typeof end) => {
    if (request === end) process.exit();
    last = last.then(async () => {
      const answer = await answerTo(request, backend, programs);
      port.postMessage(answer, 'arrays' in answer ? buffersOf(answer.arrays) : []);
    });
  });
}

/**
 * Waits for each request in a blocking read, which spares a way through the event loops of two threads. Large
 * arrays pass through files of their own.
 */
async function serveFiles<P>(backend: Backend<P>, { files, calls }: SessionData): Promise<never> {
  const programs = new Map<number, P>();
  const buffers = keptBuffers();
  for (let received = 0; ; received++) {
    const arrays = files.arrays[received % files.arrays.length]!;
    Atomics.add(calls, 0, 1);
    const message = readFrame(files.messages) as PostedRequest | undefined;
    if (message === undefined) process.exit();
    Atomics.add(calls, 0, 1);
    // No backend holds the feeds of a run after its answer.
    const kept = message.kind === 'run' ? buffers : undefined;
    const request = unpack(message, arrays, kept) as PostedRequest;
    // For the thread that ends the process, which then removes this file.
    if (request.kind === 'compile' && request.weights !== undefined) parentPort!.postMessage(request.weights);
    const answer = await answerTo(request, backend, programs);
    writeFrame(files.messages, pack(answer, arrays));
    if ('arrays' in answer) free(buffersOf(answer.arrays));
  }
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
