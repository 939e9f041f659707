import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { startWorker } from '../../../../base/workers.js';
import { type Bounds, type Decoded, type Job, type Lane, openLane } from './lane.js';

/** Decodes a frame in the next thread that is free: see `Lane`. */
export type OnThread = (job: Job, bounds: Bounds) => Promise<Decoded>;

/** Up to `count` lanes, opened when they are needed and kept; one that died is replaced. */
export function lanes(count: number, start: () => Worker): OnThread {
  /** Free places; the lanes that are open come last and are taken first. */
  const free: (Lane | undefined)[] = Array.from({ length: count }, () => undefined);
  const waiting: (() => void)[] = [];
  return async (job, bounds) => {
    while (free.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    let lane = free.pop();
    try {
      if (!lane?.alive()) lane = openLane(start);
      return await lane.decode(job, bounds);
    } finally {
      if (lane?.alive()) free.push(lane);
      else free.unshift(undefined);
      waiting.shift()?.();
    }
  };
}

/** Each thread may hold a frame and a codec's memory, so there are not more of them than this on large machines. */
const most = 8;

/** The threads that decode all compressed frames of this process. */
export const onCodecThread = lanes(Math.min(most, availableParallelism()), () =>
  startWorker('data/decode/dicom/codecs/thread', { resourceLimits: { maxOldGenerationSizeMb: 256 } }),
);
