import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readNpy } from '../../tensor/npy.js';
import { tensor } from '../../tensor/tensor.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import { areaUnderRoc, qualityOf } from './quality.js';

const labelled = (...labels: number[][]) => labels.map((own) => ({ labels: own }));
const logits = (...rows: number[][]) =>
  tensor(Float32Array.from(rows.flat()), [rows.length, rows[0]!.length]);

describe('quality', () => {
  it('of one label: accuracy by samples, balanced by classes, weighted loss', () => {
    const quality = qualityOf(
      logits([2, 0], [2, 0], [2, 0], [2, 0]),
      labelled([0], [0], [0], [1]),
      false,
      [1, 3],
    );
    const [right, wrong] = [Math.log(1 + Math.exp(-2)), Math.log(1 + Math.exp(2))];
    expect(quality.accuracy).toBe(0.75);
    expect(quality.balancedAccuracy).toBe(0.5);
    expect(quality.loss).toBeCloseTo((3 * right + 3 * wrong) / 6, 12);
    expect(quality.auroc).toBe(0.5);
  });

  it('of several labels: counts every class of every sample', () => {
    const quality = qualityOf(logits([1, -1], [1, 1], [-1, 1]), labelled([0], [0, 1], []), true, [1, 2]);
    const [small, large] = [Math.log(1 + Math.exp(-1)), Math.log(1 + Math.exp(1))];
    expect(quality.accuracy).toBeCloseTo(5 / 6, 12);
    expect(quality.balancedAccuracy).toBeCloseTo((1 + 1 + 1 + 0.5) / 4, 12);
    expect(quality.loss).toBeCloseTo((small + small + small + 2 * small + small + large) / 6, 7);
    expect(quality.auroc).toBeCloseTo((1 + 0.75) / 2, 12);
  });

  it('stays finite for logits of a thousand', () => {
    expect(qualityOf(logits([1000, -1000]), labelled([1]), false, [1, 1]).loss).toBeCloseTo(2000, 6);
    expect(qualityOf(logits([1000, -1000]), labelled([1]), true, [1, 1]).loss).toBeCloseTo(1000, 6);
  });

  it.each([
    ['two classes', logits([0, 50], [0, 90], [0, 60], [0, 40]), labelled([0], [1], [1], [0]), [1, 1]],
    ['several', logits([0, 0, 50], [0, 0, 90], [0, 0, 60]), labelled([0], [2], [2]), [1, 1, 1]],
  ])('ranks samples of %s by what is left where probabilities round to 1', (_, outputs, labels, weights) => {
    expect(qualityOf(outputs, labels, false, weights).auroc).toBe(1);
  });

  it('is NaN for quantities that need several classes', () => {
    expect(qualityOf(logits([1, 0]), labelled([0]), false, [1, 1]).auroc).toBeNaN();
  });
});

describe('the area under the ROC curve', () => {
  it('is the fraction of ordered pairs, with ties counted half', () => {
    const scores = [0.9, 0.4, 0.4, 0.1, 0.7];
    const positive = [true, true, false, false, false];
    let sum = 0;
    for (const i of [0, 1])
      for (const j of [2, 3, 4]) sum += scores[i]! > scores[j]! ? 1 : scores[i] === scores[j] ? 0.5 : 0;
    expect(areaUnderRoc(scores, positive)).toBeCloseTo(sum / 6, 12);
  });

  it.skipIf(!sharedIsThere)('is the reference value, of scores and of features', async () => {
    const json = (...path: string[]) => JSON.parse(readFileSync(sharedPath('golden', ...path), 'utf8'));
    const { labels, scores, auroc } = json('statistics.json').roc;
    const isOne = (label: number) => label === 1;
    expect(areaUnderRoc(scores, labels.map(isOne))).toBeCloseTo(auroc, 12);
    const { y, tests } = json('truth', 'sap', 'values.json');
    const { data, shape } = await readNpy(sharedPath('golden', 'truth', 'sap', 'x.npy'));
    const width = shape[1]!;
    // The last feature is constant.
    for (let j = 0; j < width - 1; j++) {
      const column = Array.from({ length: shape[0]! }, (_, n) => Number(data[n * width + j]));
      expect(areaUnderRoc(column, y.map(isOne))).toBeCloseTo(tests.auc.statistic[j], 9);
    }
  });
});
