import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { environmentError, SightlineError } from '../base/errors.js';
import { startWorker } from '../base/workers.js';
import type { Constant, Graph } from '../graph/graph.js';
import { formatOnnx } from '../graph/write.js';
import { sizeOf } from '../tensor/tensor.js';
import type { Arrays, Engine } from './engine.js';
import { inLanes } from './lanes.js';
import type { Answer, Asked, Provider, Question } from './protocol.js';

/** ONNX Runtime on the CPU: a lane for each core, or for several where there are many. */
export function onnxRuntimeOnCores(): Engine {
  const cores = availableParallelism();
  const lanes = Math.min(cores, 8);
  const own = Array.from({ length: lanes }, () => onnxRuntime('cpu', Math.floor(cores / lanes)));
  return inLanes('cpu', onnxRuntime('cpu'), own);
}

/** ONNX Runtime in a worker thread of its own, started with the first program; `threads` cores for a run, 0 for all. */
export function onnxRuntime(provider: Provider = 'cpu', threads = 0): Engine {
  let thread: Thread | undefined;
  let programs = 0;
  return {
    name: provider,
    async compile(graph: Graph, { carry = {}, state = {} } = {}) {
      thread ??= startThread();
      const { ask } = thread;
      const program = programs++;
      const model = formatOnnx(graph);
      const blocked = worthBlocking(graph) || Object.keys(carry).length > 0;
      await ask({ kind: 'compile', program, model, provider, threads, blocked, carry, state });
      return {
        lanes: 1,
        run: (feeds, outputs) => ask({ kind: 'run', program, feeds, outputs }),
        state: () => ask({ kind: 'state', program }),
        dispose: async () => {
          await ask({ kind: 'release', program });
        },
      };
    },
    async dispose() {
      await thread?.end();
      thread = undefined;
    },
  };
}

/**
 * Whether channels are kept in blocks. On inputs of less than 128x128 values that gains a tenth to a third of the time, and it sums in
 * another order than the plain kernels, whose results other frameworks share to the last digits: there it is left alone.
 */
function worthBlocking({ inputs }: Graph): boolean {
  const lengths = inputs[0]?.shape?.filter((length) => typeof length === 'number') ?? [];
  return sizeOf(lengths) >= 128 * 128;
}

interface Thread {
  ask(question: Question): Promise<Arrays>;
  end(): Promise<void>;
}

function startThread(): Thread {
  const worker = startWorker('engine/onnxruntime-worker');
  const waiting = new Map<number, { resolve(arrays: Arrays): void; reject(error: Error): void }>();
  let questions = 0;
  let ended: Error | undefined;
  const fail = (error: Error) => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
    worker.unref();
  };
  worker.unref();
  worker.on('message', (reply: Answer) => {
    const asker = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (waiting.size === 0) worker.unref();
    if ('arrays' in reply) asker?.resolve(reply.arrays);
    else asker?.reject(environmentError(`ONNX Runtime: ${reply.error}`));
  });
  worker.on('error', (cause) => fail(environmentError(`ONNX Runtime's thread failed: ${cause.message}`)));
  worker.on('exit', () => fail(new SightlineError('cancelled', 'stopped')));
  return {
    ask: (question) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(ended);
        const asked: Asked = { ...owned(question), id: questions++ };
        waiting.set(asked.id, { resolve, reject });
        worker.ref();
        post(worker, asked);
      }),
    async end() {
      fail(new SightlineError('cancelled', 'stopped'));
      await worker.terminate();
    },
  };
}

/** A thread is sent copies that it may keep: a view would drag its whole buffer along. */
function owned(question: Question): Question {
  if (question.kind !== 'run') return question;
  const copies = Object.entries(question.feeds).map(([name, c]): [string, Constant] => [
    name,
    { type: c.type, data: c.data.slice(), shape: c.shape },
  ]);
  return { ...question, feeds: Object.fromEntries(copies) };
}

function post(worker: Worker, asked: Asked) {
  const buffers =
    asked.kind === 'run' ? Object.values(asked.feeds).map((c) => c.data.buffer as ArrayBuffer) : [];
  worker.postMessage(asked, buffers);
}
