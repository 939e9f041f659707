import type { Worker } from 'node:worker_threads';
import { startWorker } from '../base/workers.js';
import type { Constant } from '../graph/graph.js';
import { buffersOf, end, type Open, type Question } from './protocol.js';

/**
 * A worker thread from a module of this library, which finds `settings` in `process.argv`. Native code is not
 * to be stopped in its middle: ONNX Runtime would take the whole program down. Such a thread ends by itself,
 * after the run in progress.
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
      post(asked) {
        const own = owned(asked);
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

/** A thread is sent copies that it may keep: a view would drag its whole buffer along. */
function owned<Q extends Question>(question: Q): Q {
  if (question.kind !== 'run') return question;
  const copies = Object.entries(question.feeds).map(([name, c]): [string, Constant] => [
    name,
    { type: c.type, data: c.data.slice(), shape: c.shape },
  ]);
  return { ...question, feeds: Object.fromEntries(copies) };
}
