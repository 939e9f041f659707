import { describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { wilson } from '../statistics/proportion.js';
import { tensor } from '../tensor/tensor.js';
import { measuresOf } from './answers.js';
import { aurocInterval, testQuality } from './test-quality.js';

const sample = (i: number) => ({
  ...{ id: `s${i}`, patient: `p${i}`, split: 'test' as const, boxes: [] },
  image: tensor(new Float32Array(1), [1, 1, 1]),
  transform: {
    ...{ scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0, flipped: false },
    ...{ originalWidth: 1, originalHeight: 1 },
  },
});

/** A test of two classes: the logit of class 1 and the label of each image. */
const test = (images: readonly (readonly [number, number])[]) =>
  testQuality(tensor(Float32Array.from(images.flatMap(([logit]) => [0, logit])), [images.length, 2]), {
    test: images.map(([, label], i) => ({ ...sample(i), labels: [label] })),
    classes: ['no', 'yes'],
    multiLabel: false,
  });

it('names the classes that the mean AUROC leaves out', () => {
  const images = [[0], [1], [0, 1], []];
  const quality = (classes: readonly string[], shown = images) =>
    testQuality(tensor(new Float32Array(shown.length * classes.length), [shown.length, classes.length]), {
      test: shown.map((labels, i) => ({ ...sample(i), labels })),
      classes,
      multiLabel: true,
    }).unranked;
  expect(quality(['a', 'b'])).toBeUndefined();
  expect(quality(['a', 'b', 'rare'])).toEqual(['rare']);
  expect(quality(['a', 'b'], [[0], [0, 1]])).toEqual(['a']);
  expect(quality(['a'], [[0]])).toBeUndefined();
});

it('counts the classes whose AUROCs are averaged', () => {
  const ranked = (count: number, multiLabel = false) =>
    measuresOf(
      tensor(
        Float32Array.from({ length: 12 * count }, (_, i) => Math.sin(7 * i)),
        [12, count],
      ),
      {
        multiLabel,
        classes: Array.from({ length: count }, (_, k) => `c${k}`),
        test: Array.from({ length: 12 }, (_, i) => ({ ...sample(i), labels: [i % count] })),
      },
    ).ranked;
  expect([ranked(2), ranked(3), ranked(2, true)]).toEqual([undefined, 3, 2]);
});

const guesses = (count: number, share: number, signal: number) => {
  const random = seededRandom(`guesses/${signal}`);
  return Array.from({ length: count }, (_, i) => {
    const label = i < share * count ? 1 : 0;
    return [random.normal() + signal * (label - 0.5), label] as const;
  });
};

describe('the interval of the AUROC', () => {
  const scores = [0.1, 0.4, 0.35, 0.8, 0.3, 0.9, 0.7, 0.5, 0.4, 0.2];
  const positive = [0, 0, 1, 1, 0, 1, 1, 0, 1, 0].map(Boolean);
  const images = scores.map((_, i) => ({ patient: `p${i}` }));

  // scipy 1.17.1 and statsmodels 0.15.0: v10, v01 by rankdata as in Sun and Xu (2014), a = v10.mean(),
  // v = v10.var(ddof=1) / len(v10) + v01.var(ddof=1) / len(v01), n = a * (1 - a) / v,
  // proportion_confint(a * n, n, method='wilson')
  it('has the variance of DeLong', () => {
    const { mean, low, high } = aurocInterval([{ scores, positive }], images);
    expect(mean).toBeCloseTo(0.86, 12);
    expect(low).toBeCloseTo(0.5119003367341076, 9);
    expect(high).toBeCloseTo(0.9729585233722279, 9);
  });

  it('is not narrowed by copies of the same images of a patient', () => {
    const twice = <T>(values: readonly T[]) => [...values, ...values];
    const [once, copied] = [
      aurocInterval([{ scores, positive }], images),
      aurocInterval([{ scores: twice(scores), positive: twice(positive) }], twice(images)),
    ];
    expect(copied.low).toBeCloseTo(once.low, 12);
    expect(copied.high).toBeCloseTo(once.high, 12);
  });

  it('has a width where all images are ordered rightly', () => {
    const sorted = positive.map((is, i) => (is ? 10 + i : i));
    expect(aurocInterval([{ scores: sorted, positive }], images)).toEqual(wilson(1, 5));
  });
});

describe('a model at chance', () => {
  it('is told by an AUROC whose interval reaches one half', () => {
    const { chance, auroc } = test(guesses(60, 0.5, 0));
    expect(auroc!.low).toBeLessThan(0.5);
    expect(chance).toMatch(/^the AUROC is 0\.\d{3} \(0\.\d{3} to 0\.\d{3}\), which chance reaches/);
  });

  it('is told by an accuracy that the commonest answer reaches, beside a good AUROC', () => {
    const { chance } = test(guesses(100, 0.1, 3).map(([logit, label]) => [logit + 3, label] as const));
    expect(chance).toMatch(
      /^the accuracy of \d+\.\d % is not above the 90\.0 % of always giving.*above chance$/,
    );
  });

  it('is not told of one that has learned', () => {
    expect(test(guesses(60, 0.5, 4)).chance).toBeUndefined();
  });

  it('is told by the accuracy alone where a class does not occur', () => {
    const { auroc, chance } = test([
      [1, 1],
      [2, 1],
    ]);
    expect(auroc).toBeUndefined();
    expect(chance).toContain('commonest answer');
  });

  it('is told of outputs in another order, which are below chance', () => {
    const { auroc, chance } = test(guesses(60, 0.5, -4));
    expect(auroc!.high).toBeLessThan(0.5);
    expect(chance).toMatch(
      /below chance \(0\.5\), as where the outputs stand for the classes in another order/,
    );
  });
});
