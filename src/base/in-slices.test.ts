import { describe, expect, it } from 'vitest';
import { atOnce, inSlices, partOf, type Sliced } from './in-slices.js';
import { quietly } from './run.js';

/** Work of some slices, each of which takes so many milliseconds. */
function* slow(slices: number, each: number, after: (slice: number) => void = () => {}): Sliced<string> {
  for (let slice = 1; slice <= slices; slice++) {
    for (const since = performance.now(); performance.now() - since < each; );
    after(slice);
    yield slice / slices;
  }
  return 'done';
}

describe('work in slices', () => {
  it('gives what it gives at once', async () => {
    expect(atOnce(slow(3, 0))).toBe('done');
    expect(await inSlices(slow(3, 0), quietly)).toBe('done');
  });

  it('shows how much is done, and lets others have their turn', async () => {
    const shown: number[] = [];
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await inSlices(slow(3, 60), quietly, (share) => shown.push(share));
    clearInterval(timer);
    expect(shown).toEqual([1 / 3, 2 / 3, 1]);
    expect(turns).toBeGreaterThan(0);
  });

  it('stops within', async () => {
    const stop = new AbortController();
    let last = 0;
    const work = slow(9, 60, (slice) => {
      last = slice;
      if (slice === 2) stop.abort();
    });
    await expect(inSlices(work, { ...quietly, signal: stop.signal })).rejects.toMatchObject({
      kind: 'cancelled',
    });
    expect(last).toBe(2);
  });

  it('tells the share of a longer computation', () => {
    expect([...partOf(slow(2, 0), 0.5, 1)]).toEqual([0.75, 1]);
  });
});
