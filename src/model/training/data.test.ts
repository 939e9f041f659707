import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { exampleTask } from '../../testing/training-task.js';
import { batchOf, evened, measureNormalisation, shuffledBatches } from './batches.js';
import { bestOf, type Epoch } from './history.js';
import { classWeights, targetsOf, weightsOf } from './targets.js';

const samples = exampleTask(4).train;
const labelled = (...labels: number[][]) => labels.map((own) => ({ ...samples[0]!, labels: own }));
const one = { classes: ['a', 'b', 'c'], multiLabel: false };
const several = { ...one, multiLabel: true };

describe('batches', () => {
  it('contain every sample once, with sizes that differ by at most one', () => {
    for (const [count, size] of [
      [10, 4],
      [33, 32],
      [7, 7],
      [5, 1],
      [3, 16],
    ] as const) {
      const batches = shuffledBatches(
        Array.from({ length: count }, (_, i) => i),
        size,
        seededRandom(1),
      );
      const sizes = batches.map((batch) => batch.length);
      expect(batches.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
      expect(Math.max(...sizes)).toBeLessThanOrEqual(size);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      expect(batches.length).toBe(Math.ceil(count / size));
    }
  });

  it('are filled up to one size, and what fills them weighs nothing', () => {
    const { train: ten } = exampleTask(10);
    const batches = shuffledBatches(ten, 4, seededRandom(1));
    const filled = evened(batches);
    expect(filled.map(({ samples, own }) => [samples.length, own])).toEqual([
      [4, 3],
      [4, 4],
      [4, 3],
    ]);
    for (const [i, { samples, own }] of filled.entries()) expect(samples.slice(0, own)).toEqual(batches[i]);
    const { samples, own } = filled[0]!;
    expect(Array.from(weightsOf(samples, one, [1, 1, 1], own).data)).toEqual(
      [1 / 3, 1 / 3, 1 / 3, 0].map(Math.fround),
    );
  });

  it('have mean 0 and deviation 1 after measured normalisation', () => {
    const { train } = exampleTask(6, 8, 2);
    const batch = batchOf(
      train.map(({ image }) => image),
      measureNormalisation(train),
    );
    for (const channel of [0, 1]) {
      const own = Array.from(batch.data).filter((_, i) => Math.floor(i / 64) % 2 === channel);
      const mean = own.reduce((a, b) => a + b, 0) / own.length;
      expect(mean).toBeCloseTo(0, 5);
      expect(own.reduce((a, b) => a + (b - mean) ** 2, 0) / own.length).toBeCloseTo(1, 4);
    }
  });

  it('of a constant channel are not divided by zero', () => {
    const flat = samples.map((sample) => ({
      ...sample,
      image: { ...sample.image, data: sample.image.data.map(() => 0.5) },
    }));
    expect(measureNormalisation(flat)).toEqual({ mean: [0.5], std: [1] });
  });
});

describe('class weights', () => {
  it('balanced: classes have equal total weight, with mean 1', () => {
    const set = labelled([0], [0], [0], [1], [1], [2]);
    const weights = classWeights('balanced', one, set);
    expect(weights).toEqual([6 / 9, 1, 2]);
    expect(Array.from(weightsOf(set, one, weights).data).reduce((a, b) => a + b)).toBeCloseTo(1, 6);
  });

  it('balanced with several labels: positives weigh as much as negatives', () => {
    expect(classWeights('balanced', several, labelled([0], [], [], [0, 1]))).toEqual([1, 3, 1]);
  });

  it('given: scaled to a mean of 1 over the samples', () => {
    expect(classWeights([1, 4, 1], one, labelled([0], [1]))).toEqual([0.4, 1.6, 0.4]);
  });

  it('apply to positives only with several labels', () => {
    const { data, shape } = weightsOf(labelled([1], []), several, [2, 6, 2]);
    expect(shape).toEqual([2, 3]);
    expect(Array.from(data, (v) => Math.round(v * 6))).toEqual([1, 6, 1, 1, 1, 1]);
  });
});

describe('targets', () => {
  it('are 1 for the labels', () => {
    expect(Array.from(targetsOf(labelled([2], [0]), one, 0).data)).toEqual([0, 0, 1, 1, 0, 0]);
    expect(Array.from(targetsOf(labelled([0, 2], []), several, 0).data)).toEqual([1, 0, 1, 0, 0, 0]);
  });

  it('still sum to 1 with smoothing', () => {
    const [a, b, c] = targetsOf(labelled([1]), one, 0.3).data;
    expect([a, b, c].map((v) => v!.toFixed(4))).toEqual(['0.1000', '0.8000', '0.1000']);
  });
});

describe('the best epoch', () => {
  const epoch = (number: number, loss: number, auroc: number): Epoch => ({
    epoch: number,
    rate: 1,
    train: { loss, accuracy: 0 },
    validation: { loss, accuracy: 0.5, balancedAccuracy: 0.5, auroc },
  });
  it('is the first of equals by the monitored quantity', () => {
    const history = [epoch(1, 3, 0.5), epoch(2, 1, 0.7), epoch(3, 1, 0.9), epoch(4, 2, 0.9)];
    expect(bestOf(history, 'loss').epoch).toBe(2);
    expect(bestOf(history, 'auroc').epoch).toBe(3);
  });

  it('is the one with the least loss of equals by another quantity', () => {
    const history = [epoch(1, 3, 1), epoch(2, 1, 1), epoch(3, 2, 1), epoch(4, 1, 1)];
    expect(bestOf(history, 'auroc').epoch).toBe(2);
  });

  it('is not one with NaN if another has a number', () => {
    expect(bestOf([epoch(1, 1, Number.NaN), epoch(2, 1, 0.4), epoch(3, 1, Number.NaN)], 'auroc').epoch).toBe(
      2,
    );
  });
});
