import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { startWorker } from '../../../../base/workers.js';
import {
  type Bounds,
  type Decoded,
  type DecoderThread,
  type Job,
  openDecoderThread,
} from './decoder-thread.js';

/** Decodes a frame on the next free thread: see `DecoderThread`. */
export type OnThread = (job: Job, bounds: Bounds) => Promise<Decoded>;

/** A pool of up to `count` threads. Threads start on demand and stay alive; a dead thread is replaced. */
export function decoderPool(count: number, start: () => Worker): OnThread {
  /** Free slots. Running threads are at the end and are taken first. */
  const free: (DecoderThread | undefined)[] = Array.from({ length: count }, () => undefined);
  const waiting: (() => void)[] = [];
  return async (job, bounds) => {
    while (free.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    let thread = free.pop();
    try {
      if (!thread?.alive()) thread = openDecoderThread(start);
      return await thread.decode(job, bounds);
    } finally {
      if (thread?.alive()) free.push(thread);
      else free.unshift(undefined);
      waiting.shift()?.();
    }
  };
}

/** Maximum number of threads: each may hold a frame and a codec's memory. */
const most = 8;

/** Decodes compressed frames on the process-wide thread pool. */
export const onCodecThread = decoderPool(Math.min(most, availableParallelism()), () =>
  startWorker('data/decode/dicom/codecs/thread', { resourceLimits: { maxOldGenerationSizeMb: 256 } }),
);
