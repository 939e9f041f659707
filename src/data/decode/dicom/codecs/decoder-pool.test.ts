import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { inputError } from '../../../../base/errors.js';
import { decoderPool } from './decoder-pool.js';
import { stopwatch } from './stopwatch.js';

/** A thread that returns one sample, or fails in a way chosen by the declared sample count. */
const [hangs, exits, swells, throws] = [1001, 1002, 1003, 1004];
const start = () =>
  new Worker(
    `const { parentPort, threadId } = require('node:worker_threads');
    parentPort.on('message', ({ samples, bytes }) => {
      parentPort.postMessage({ kind: 'begun' });
      while (samples === ${hangs});
      if (samples === ${exits}) process.exit(3);
      if (samples === ${throws}) throw new Error('bad');
      for (const kept = []; samples === ${swells}; ) kept.push(Array(100000).fill(0.5));
      const data = Uint8Array.of(bytes[0], threadId);
      parentPort.postMessage({ kind: 'frame', frame: { data } });
    });`,
    { eval: true, resourceLimits: { maxOldGenerationSizeMb: 32 } },
  );

const job = (samples: number, value = 7) =>
  ({ codec: 'jpeg-2000', bytes: Uint8Array.of(value), samples }) as const;
const late = inputError('late');
const minute = { seconds: 60, late };

describe('decoderPool', () => {
  test('keep their thread', async () => {
    const decode = decoderPool(1, start);
    const first = (await decode(job(1, 5), minute)).frame.data;
    const second = (await decode(job(1, 6), minute)).frame.data;
    expect([first[0], second[0], second[1]]).toEqual([5, 6, first[1]]);
  });

  test('end a frame whose time is over, and decode the next one in another thread', async () => {
    const decode = decoderPool(1, start);
    const [, before] = (await decode(job(1), minute)).frame.data;
    await expect(decode(job(hangs), { seconds: 0.05, late })).rejects.toBe(late);
    const [value, after] = (await decode(job(1), minute)).frame.data;
    expect(value).toBe(7);
    expect(after).not.toBe(before);
  });

  test.each([
    ['exits', exits, 'exit code 3'],
    ['runs out of memory', swells, 'memory'],
    ['throws', throws, 'by an error'],
  ])('survive a thread that %s', async (_, samples, why) => {
    const decode = decoderPool(1, start);
    await expect(decode(job(samples), minute)).rejects.toMatchObject({
      kind: 'input',
      message: expect.stringMatching(`its frame ended the thread that decoded it .*${why}`),
    });
    expect((await decode(job(1), minute)).frame.data[0]).toBe(7);
  });

  test('let frames wait for a free thread, past one that hangs', async () => {
    const decode = decoderPool(2, start);
    const bad = decode(job(hangs), { seconds: 0.2, late }).catch((error: unknown) => error);
    const good = Array.from({ length: 20 }, (_, i) => decode(job(1, i), minute));
    const values = await Promise.all(good.map(async (done) => (await done).frame.data[0]));
    expect(values).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(await bad).toBe(late);
  });

  test('stop what runs and what waits on a signal', async () => {
    const decode = decoderPool(1, start);
    const stop = new AbortController();
    const both = [job(hangs), job(1)].map((asked) => decode(asked, { ...minute, signal: stop.signal }));
    setTimeout(() => stop.abort(), 50);
    for (const ended of await Promise.allSettled(both)) {
      expect(ended).toMatchObject({ status: 'rejected', reason: { kind: 'cancelled', message: 'stopped' } });
    }
    expect((await decode(job(1), minute)).frame.data[0]).toBe(7);
  });
});

describe('a stopwatch', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  test('counts from its start', () => {
    vi.useFakeTimers();
    const late = vi.fn();
    const watch = stopwatch(1, late);
    vi.advanceTimersByTime(5000);
    expect(late).not.toHaveBeenCalled();
    watch.start();
    vi.advanceTimersByTime(900);
    expect(late).not.toHaveBeenCalled();
    vi.advanceTimersByTime(200);
    expect(late).toHaveBeenCalledOnce();
  });

  test('does not count a standstill', () => {
    vi.useFakeTimers();
    const late = vi.fn();
    const watch = stopwatch(1, late);
    watch.start();
    vi.advanceTimersByTime(500);
    const clock = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => clock() + 60_000);
    vi.advanceTimersByTime(400);
    expect(late).not.toHaveBeenCalled();
    vi.advanceTimersByTime(200);
    expect(late).toHaveBeenCalledOnce();
  });
});
