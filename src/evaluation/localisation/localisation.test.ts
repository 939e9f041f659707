import { describe, expect, it } from 'vitest';
import type { GivenOptions } from '../../base/options.js';
import { permutation, seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { tensor } from '../../tensor/tensor.js';
import { scoreMap } from '../score.js';

const score = async (name: string, map: number[][], mask: number[][], options: GivenOptions = {}) => {
  const shape = [map.length, map[0]!.length];
  const scored = {
    map: tensor(Float32Array.from(map.flat()), shape),
    mask: tensor(Uint8Array.from(mask.flat()), shape),
    seed: 0,
    run: quietly,
  };
  return (await scoreMap(name, scored, options)).value;
};

/** A map with ties and both signs, and a mask that is not empty. */
function problem(seed: number) {
  const random = seededRandom(seed);
  const grid = (value: () => number) => Array.from({ length: 5 }, () => Array.from({ length: 6 }, value));
  return {
    map: grid(() => Math.round(3 * random.normal()) / 4),
    mask: grid(() => (random.uniform() < 0.3 ? 1 : 0)),
  };
}

/** Draws the order of ties many times and averages: the meaning of an expected value. */
function drawn(map: number[][], mask: number[][], statistic: (inOrder: number[]) => number): number {
  const random = seededRandom('ties');
  const [values, ones] = [map.flat(), mask.flat()];
  const draws = Array.from({ length: 4000 }, () => {
    const order = [...permutation(random, values.length)].sort((a, b) => values[b]! - values[a]!);
    return statistic(order.map((i) => ones[i]!));
  });
  return draws.reduce((a, b) => a + b, 0) / draws.length;
}
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const seeds = [1, 2, 3, 4];

describe('pointing-game', () => {
  it.each(seeds)('is the chance that a random one of the tied maxima hits (%i)', async (seed) => {
    const { map, mask } = problem(seed);
    const expected = drawn(map, mask, (ones) => ones[0]!);
    expect(await score('pointing-game', map, mask)).toBeCloseTo(expected, 1);
  });

  it('counts two of three tied maxima', async () => {
    expect(await score('pointing-game', [[5, 5, 5, 1]], [[1, 0, 1, 1]])).toBeCloseTo(2 / 3, 12);
  });

  it('reads ties as other libraries do where it is told to', async () => {
    const [map, mask] = [[[5, 5, 1]], [[0, 1, 0]]];
    expect(await score('pointing-game', map, mask, { ties: 'any' })).toBe(1);
    expect(await score('pointing-game', map, mask, { ties: 'first' })).toBe(0);
    expect(await score('pointing-game', map, [[0, 0, 1]], { ties: 'any' })).toBe(0);
  });

  it('forgives a miss within the tolerance, measured straight', async () => {
    const map = [
      [9, 0, 0, 0],
      [0, 0, 0, 0],
    ];
    const mask = [
      [0, 0, 0, 0],
      [0, 0, 1, 0],
    ];
    const distance = Math.sqrt(5);
    expect(await score('pointing-game', map, mask)).toBe(0);
    expect(await score('pointing-game', map, mask, { tolerance: distance - 0.01 })).toBe(0);
    expect(await score('pointing-game', map, mask, { tolerance: distance + 0.01 })).toBe(1);
    expect(await score('pointing-game', map, mask, { tolerance: 1e9 })).toBe(1);
  });

  it('points by magnitude only where it is told to', async () => {
    expect(await score('pointing-game', [[-9, 1]], [[1, 0]])).toBe(0);
    expect(await score('pointing-game', [[-9, 1]], [[1, 0]], { sign: 'absolute' })).toBe(1);
  });
});

describe('relevance-rank and top-k-intersection', () => {
  it.each(seeds)('are expected values where the cut goes through ties (%i)', async (seed) => {
    const { map, mask } = problem(seed);
    const area = sum(mask.flat());
    const expected = drawn(map, mask, (ones) => sum(ones.slice(0, area)) / area);
    expect(await score('relevance-rank', map, mask)).toBeCloseTo(expected, 1);
    expect(await score('top-k-intersection', map, mask, { k: area })).toBeCloseTo(expected, 1);
  });

  it('take half of two tied pixels at the cut', async () => {
    expect(await score('relevance-rank', [[3, 2, 2, 1]], [[1, 1, 0, 0]])).toBe(0.75);
    expect(await score('top-k-intersection', [[3, 2, 2, 1]], [[1, 1, 0, 0]], { k: 99 })).toBe(0.5);
  });
});

describe('energy-pointing-game', () => {
  it('is the part of the positive values inside, or of the magnitudes', async () => {
    const map = [[3, -4, 1, 0]];
    const mask = [[1, 1, 0, 0]];
    expect(await score('energy-pointing-game', map, mask)).toBe(3 / 4);
    expect(await score('energy-pointing-game', map, mask, { sign: 'absolute' })).toBe(7 / 8);
  });

  it('is undefined where signed values cancel', async () => {
    expect(await score('energy-pointing-game', [[1, -1]], [[1, 0]], { sign: 'signed' })).toBeNaN();
  });
});

describe('iou', () => {
  it('of the top area is that of the intersection', async () => {
    expect(await score('iou-top-area', [[4, 3, 2, 1]], [[1, 0, 1, 0]])).toBeCloseTo(1 / 3, 12);
    expect(await score('iou-top-area', [[4, 3, 2, 1]], [[1, 0, 1, 0]], { measure: 'dice' })).toBe(0.5);
  });

  it('by Otsu separates two groups', async () => {
    const map = [[0, 0.1, 0.2, 5, 5.1]];
    expect(await score('iou-otsu', map, [[0, 0, 0, 1, 1]])).toBe(1);
    expect(await score('iou-otsu', map, [[0, 0, 1, 1, 0]])).toBeCloseTo(1 / 3, 12);
  });

  it('by Otsu looks for the threshold among positive values unless told otherwise', async () => {
    const map = [[-100, -99.1, 0, 0.098, 1]];
    expect(await score('iou-otsu', map, [[0, 0, 0, 0, 1]])).toBe(1);
    expect(await score('iou-otsu', map, [[0, 0, 0, 0, 1]], { sign: 'signed' })).toBeCloseTo(1 / 3, 12);
  });

  it('by a quantile predicts what is above it', async () => {
    const map = [[1, 2, 3, 4, 5]];
    expect(await score('iou-quantile', map, [[0, 0, 0, 1, 1]], { quantile: 0.5 })).toBe(1);
    expect(await score('iou-quantile', map, [[0, 0, 0, 1, 1]], { quantile: 0.8 })).toBe(0.5);
    expect(await score('iou-quantile', map, [[0, 0, 0, 1, 1]], { quantile: 1 })).toBeNaN();
  });

  it.each(seeds)('at its best is the best over all thresholds (%i)', async (seed) => {
    const { map, mask } = problem(seed);
    const ones = mask.flat();
    const all = map.flat().map((threshold) => {
      const above = map.flat().map((value) => (value >= threshold ? 1 : 0));
      return sum(above.map((one, i) => one & ones[i]!)) / sum(above.map((one, i) => one | ones[i]!));
    });
    expect(await score('iou-best', map, mask)).toBe(Math.max(...all));
  });
});

describe('ranking metrics', () => {
  it.each(seeds)('auroc counts pairs, a tied one half (%i)', async (seed) => {
    const { map, mask } = problem(seed);
    const [values, ones] = [map.flat(), mask.flat()];
    const [inside, outside] = [1, 0].map((one) => values.filter((_, i) => ones[i] === one)) as [
      number[],
      number[],
    ];
    const pairs = inside.flatMap((a) => outside.map((b) => (a > b ? 1 : a === b ? 0.5 : 0)));
    expect(await score('auroc', map, mask)).toBeCloseTo(sum(pairs) / pairs.length, 12);
  });

  it('auroc is undefined where nothing is outside', async () => {
    expect(await score('auroc', [[1, 2]], [[1, 1]])).toBeNaN();
  });

  it.each(seeds)('average precision sums precision over the steps of recall (%i)', async (seed) => {
    const { map, mask } = problem(seed);
    const [values, ones] = [map.flat(), mask.flat()];
    let [expected, before] = [0, 0];
    for (const threshold of [...new Set(values)].sort((a, b) => b - a)) {
      const taken = ones.filter((_, i) => values[i]! >= threshold);
      const recall = sum(taken) / sum(ones);
      expected += (recall - before) * (sum(taken) / taken.length);
      before = recall;
    }
    expect(await score('average-precision', map, mask)).toBeCloseTo(expected, 12);
  });
});

describe('thresholds, contours and parts', () => {
  const ring = [
    [5, 5, 5, 0],
    [5, 1, 5, 0],
    [5, 5, 5, 0],
  ];
  const disc = ring.map((row) => row.map((value) => (value > 0 ? 1 : 0)));

  it('a fixed share of the maximum takes what is above it', async () => {
    const map = [[-9, 1, 2, 3, 4]];
    expect(await score('iou-threshold', map, [[0, 0, 0, 1, 1]])).toBe(1);
    expect(await score('iou-threshold', map, [[0, 0, 0, 1, 1]], { threshold: 0.25 })).toBeCloseTo(2 / 3, 12);
    expect(await score('iou-threshold', map, [[0, 0, 0, 1, 1]], { threshold: 1 })).toBe(0.5);
  });

  it.each(['iou-threshold', 'iou-otsu', 'iou-quantile'])('%s fills holes when asked to', async (name) => {
    const options = name === 'iou-quantile' ? { quantile: 0.3 } : {};
    expect(await score(name, ring, disc, options)).toBeCloseTo(8 / 9, 12);
    expect(await score(name, ring, disc, { ...options, fill: true })).toBe(1);
  });

  it.each(seeds)('the area under all thresholds is that of many thresholds (%i)', async (seed) => {
    const { map, mask } = problem(seed);
    const [values, ones] = [map.flat(), mask.flat()];
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const steps = 20_000;
    const heights = Array.from({ length: steps }, (_, k) => {
      const above = values.map((v) => (v >= low + ((high - low) * (k + 0.5)) / steps ? 1 : 0));
      return sum(above.map((one, i) => one & ones[i]!)) / sum(above.map((one, i) => one | ones[i]!));
    });
    expect(await score('iou-area', map, mask, { sign: 'signed' })).toBeCloseTo(sum(heights) / steps, 3);
  });

  it('the distance of contours is that of two squares, and Hausdorff the greatest', async () => {
    const square = (at: number) =>
      Array.from({ length: 9 }, (_, i) =>
        Array.from({ length: 9 }, (_, j) => (i >= 2 && i < 5 && j >= at && j < at + 3 ? 1 : 0)),
      );
    const edge = (at: number) =>
      [2, 3, 4].flatMap((i) => [0, 1, 2].flatMap((j) => (i === 3 && j === 1 ? [] : [[i, at + j] as const])));
    const nearest = (from: number, to: number) =>
      edge(from).map(([y, x]) => Math.min(...edge(to).map(([v, u]) => Math.hypot(y - v, x - u))));
    const all = [...nearest(1, 3), ...nearest(3, 1)];
    expect(await score('contour-distance', square(1), square(3))).toBeCloseTo(sum(all) / all.length, 6);
    expect(await score('contour-distance', square(1), square(3), { distance: 'hausdorff' })).toBe(
      Math.max(...all),
    );
  });

  it('a small part counts as much as a large one', async () => {
    const mask = [[1, 1, 1, 1, 0, 1]];
    expect(await score('lesion-coverage', [[9, 8, 7, 6, 5, 0]], mask)).toBe(0.5);
    expect(await score('lesion-coverage', [[9, 8, 7, 0, 0, 6]], mask)).toBe((3.5 / 4 + 1) / 2);
    expect(await score('lesion-coverage', [[1, 0, 0, 0, 0, 0]], mask)).toBeCloseTo(
      ((1 + (3 * 4) / 5) / 4 + 4 / 5) / 2,
      12,
    );
  });
});
