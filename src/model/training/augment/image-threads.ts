import type { Worker } from 'node:worker_threads';
import { startWorker } from '../../../base/workers.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { type Change, type Changes, changedImage } from './changed-image.js';

/** Changes the images of a training, here or on threads. */
export interface ImageChanger {
  /** The changed image `[C, H, W]`; the given one is left as it is. Throws what its thread threw. */
  change(asked: Change): Promise<Tensor>;
  /** Ends the threads; images that are not ready are given up. */
  close(): Promise<void>;
}

/** Changes images on the calling thread. */
export const onThisThread: ImageChanger = {
  change: async (asked) => changedImage(asked),
  close: async () => {},
};

interface Waiting {
  resolve(image: Tensor): void;
  reject(error: Error): void;
}

/** Changes images on so many threads, or on the calling one where nothing is changed or there are none. */
export const imageChanger = (
  threads: number,
  { augment, hide }: Pick<Changes, 'augment' | 'hide'>,
): ImageChanger =>
  threads === 0 || (augment.length === 0 && hide === 0) ? onThisThread : onThreads(threads);

/** Changes images on `count` threads, which take turns. */
export function onThreads(
  count: number,
  start: () => Worker = () => startWorker('model/training/augment/image-thread'),
): ImageChanger {
  const threads = Array.from({ length: count }, () => imageThread(start()));
  let turn = 0;
  return {
    change: (asked) => threads[turn++ % count]!.change(asked),
    async close() {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}

/** A thread answers in the order in which it is asked. */
function imageThread(worker: Worker): ImageChanger {
  const waiting: Waiting[] = [];
  let ended: Error | undefined;
  const end = (error: Error) => {
    ended ??= error;
    for (const { reject } of waiting.splice(0)) reject(ended);
  };
  worker.on('message', (image: Tensor) => waiting.shift()?.resolve(image));
  worker.on('error', end);
  worker.on('exit', (code) => end(new Error(`a thread that changes images ended with exit code ${code}`)));
  return {
    change: (asked) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(ended);
        waiting.push({ resolve, reject });
        // A posted view would take its whole buffer along.
        const image = { ...asked.image, data: asked.image.data.slice() };
        worker.postMessage({ ...asked, image } satisfies Change, [image.data.buffer]);
      }),
    async close() {
      await worker.terminate();
    },
  };
}
