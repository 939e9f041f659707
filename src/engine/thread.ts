import type { Worker } from 'node:worker_threads';
import { startWorker } from '../base/workers.js';
import type { Constant } from '../graph/graph.js';
import { buffersOf, type EngineRequest, end, type Open } from './protocol.js';

/**
 * Opens a worker thread for a module of this library, with `settings` in `process.argv`. A thread that runs
 * native code must not be terminated: ONNX Runtime would crash the whole program. It ends itself after the
 * current run.
 */
export const thread = (module: string, settings: string, code: 'native' | 'JavaScript' = 'native'): Open =>
  channelTo(() => startWorker(module, { argv: [settings] }), code);

export function channelTo(start: () => Worker, code: 'native' | 'JavaScript'): Open {
  return (listener) => {
    const worker = start();
    let failure: string | undefined;
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.unref();
    worker.on('message', (answer) => listener.answer(answer));
    worker.on('error', ({ message }) => {
      failure = `by an error: ${message}`;
    });
    worker.on('exit', (status) =>
      listener.gone(`ended unexpectedly, ${failure ?? `with exit code ${status}`}`),
    );
    return {
      post(request) {
        const own = owned(request);
        worker.postMessage(own, own.kind === 'run' ? buffersOf(own.feeds) : []);
      },
      hold: (waiting) => (waiting ? worker.ref() : worker.unref()),
      async end() {
        worker.ref();
        if (code === 'native') worker.postMessage(end);
        else await worker.terminate();
        await ended;
      },
    };
  };
}

/** Copies the feeds, because a posted view would transfer its whole buffer. */
function owned<Q extends EngineRequest>(request: Q): Q {
  if (request.kind !== 'run') return request;
  const copies = Object.entries(request.feeds).map(([name, c]): [string, Constant] => [
    name,
    { type: c.type, data: c.data.slice(), shape: c.shape },
  ]);
  return { ...request, feeds: Object.fromEntries(copies) };
}
