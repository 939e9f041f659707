import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { connectedParts } from '../../tensor/components.js';
import { tensor } from '../../tensor/tensor.js';
import { scoreMap } from '../score.js';
import { detectionOf } from './detection.js';
import { boxesOf, heatBoxes } from './heat-boxes.js';
import { tuneThreshold } from './tuned.js';

const plane = (...rows: number[][]) => tensor(Float32Array.from(rows.flat()), [rows.length, rows[0]!.length]);
const marks = (...rows: number[][]) => tensor(Uint8Array.from(rows.flat()), [rows.length, rows[0]!.length]);
const box = (x: number, score: number) => ({ x, y: 0, width: 10, height: 10, score });

describe('boxes of a map', () => {
  const map = plane([5, 0, 0, 9], [6, 0, 0, 8], [0, 0, 0, 0], [0, 7, 0, 0]);

  it('surround its parts above a threshold, the hottest first', () => {
    expect(heatBoxes(map, 4)).toEqual([
      { x: 3, y: 0, width: 1, height: 2, score: 9 },
      { x: 1, y: 3, width: 1, height: 1, score: 7 },
      { x: 0, y: 0, width: 1, height: 2, score: 6 },
    ]);
    expect(heatBoxes(map, 4, 2)).toHaveLength(2);
    expect(heatBoxes(map, 9)).toEqual([]);
  });

  it('are those around the connected parts', () => {
    const random = seededRandom(4);
    for (let trial = 0; trial < 60; trial++) {
      const [height, width] = [1 + random.below(12), 1 + random.below(12)];
      const values = Float32Array.from({ length: height * width }, () => random.below(8));
      const drawn = tensor(values, [height, width]);
      const threshold = random.below(7);
      const least = 1 + random.below(3);
      const parts = connectedParts(
        tensor(
          Uint8Array.from(values, (v) => (v > threshold ? 1 : 0)),
          [height, width],
        ),
      );
      const literal = boxesOf(
        parts.filter((part) => part.length >= least),
        drawn,
      ).sort((a, b) => b.score - a.score);
      expect(heatBoxes(drawn, threshold, least)).toEqual(literal);
    }
  });

  it('have the average precision of their order among right and wrong ones', async () => {
    const mask = marks([0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]);
    const both = marks([1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0, 1, 0, 0]);
    const score = async (of: typeof mask, options = {}) =>
      (
        await scoreMap(
          'box-detection',
          { map, mask: of, seed: 0, run: quietly },
          { threshold: 0.4, ...options },
        )
      ).value;
    expect(await score(mask)).toBe(1);
    expect(await score(both)).toBeCloseTo((1 / 2 + 2 / 3) / 2, 12);
    expect(await score(both, { measure: 'sensitivity' })).toBeCloseTo(4 / 7, 12);
    expect(await score(mask, { overlap: 1, threshold: 0.9 })).toBe(0);
  });

  it('find each annotated one once, over all images', () => {
    const images = [
      { found: [box(0, 9), box(1, 8), box(50, 3)], annotated: [box(0, 0)] },
      { found: [box(20, 7)], annotated: [box(21, 0), box(90, 0)] },
    ];
    const { averagePrecision, froc, meanSensitivity } = detectionOf(images, 0.5);
    // In order of score: right, wrong (found before), right, wrong.
    expect(averagePrecision).toBeCloseTo(1 / 3 + (1 / 3) * (2 / 3), 12);
    expect(froc).toEqual({ x: [0, 0, 0.5, 0.5, 1], y: [0, 1 / 3, 1 / 3, 2 / 3, 2 / 3] });
    expect(meanSensitivity).toBeCloseTo((2 * (1 / 3) + 5 * (2 / 3)) / 7, 12);
    expect(detectionOf([{ found: [], annotated: [] }], 0.5).averagePrecision).toBeNaN();
  });
});

describe('a tuned threshold', () => {
  const image = { split: 'validation', map: plane([0, 5, 10, 2]), mask: marks([0, 1, 1, 0]) } as const;

  it('has the best mean overlap on validation images, and no test image', async () => {
    const tuned = tuneThreshold([image]);
    expect(tuned).toEqual({ tunedOn: 'validation', threshold: 0.2, overlap: 1 });
    const { value } = await scoreMap(
      'iou-threshold',
      { map: image.map, mask: image.mask, seed: 0, run: quietly },
      { threshold: tuned.threshold },
    );
    expect(value).toBe(1);
    // @ts-expect-error: a test image is refused by its type, and when it runs.
    expect(() => tuneThreshold([{ ...image, split: 'test' }])).toThrow(/validation images alone/);
    expect(() => tuneThreshold([])).toThrow(/no validation image has a mask/);
  });
});

describe('distances in millimetres', () => {
  const scored = {
    map: plane([9, 0, 0], [0, 0, 0], [0, 0, 0]),
    mask: marks([0, 0, 0], [0, 0, 0], [0, 1, 0]),
    seed: 0,
    run: quietly,
  };

  it('follow the spacing of pixels, down and across', async () => {
    expect((await scoreMap('pointing-distance', scored)).value).toBeCloseTo(Math.hypot(2, 1), 12);
    const spaced = { ...scored, spacing: [0.5, 3] as const };
    for (const name of ['pointing-distance', 'contour-distance'] as const)
      expect((await scoreMap(name, spaced, { unit: 'millimetres' })).value).toBeCloseTo(Math.hypot(1, 3), 5);
  });

  it('are undefined where the file does not state it', async () => {
    expect((await scoreMap('pointing-distance', scored, { unit: 'millimetres' })).reason).toMatch(
      /not known/,
    );
  });
});
