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

/** Decodes a frame in the next thread that is free: see `DecoderThread`. */
export type OnThread = (job: Job, bounds: Bounds) => Promise<Decoded>;

/** A pool of up to `count` threads, started when needed and kept; one that died is replaced. */
export function decoderPool(count: number, start: () => Worker): OnThread {
  /** Free slots; running threads come last and are taken first. */
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

/**
 * Each thread may hold a frame and a codec's memory, so there are not more of them than this on large
 * machines.
 */
const most = 8;

/** The threads that decode all compressed frames of this process. */
export const onCodecThread = decoderPool(Math.min(most, availableParallelism()), () =>
  startWorker('data/decode/dicom/codecs/thread', { resourceLimits: { maxOldGenerationSizeMb: 256 } }),
);
