import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readNpy } from '../../tensor/npy.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import { columnOf, greatestPairT, leveneT, studentT } from './association.js';
import type { Features } from './features.js';
import {
  conditionalShapley,
  precisionOf,
  type Spread,
  spreadOf,
  times,
  weightT,
  withClass,
} from './linear.js';

const folder = (...names: string[]) => sharedPath('golden', 'truth', ...names);
const read = (...names: string[]) =>
  sharedIsThere ? JSON.parse(readFileSync(folder(...names), 'utf8')) : { cases: {} };

const near = (values: readonly number[], digits = 8) => values.map((value) => expect.closeTo(value, digits));

describe.skipIf(!sharedIsThere)('definitions of importance equal the reference', () => {
  const { cases } = read('suppressor2d', 'values.json');

  it.each(Object.keys(cases))('closed forms of the linear suppressor %s', (name) => {
    const { cov_x, ols, w_bayes, cov_x_w_bayes, points, alpha } = cases[name];
    const spread: Spread = {
      width: 2,
      mean: new Float64Array(2),
      covariance: Float64Array.from(cov_x.flat()),
    };
    const weights = times(precisionOf(spread), Float64Array.of(alpha, 0));
    expect([...weights]).toEqual(near(ols));
    const best = Float64Array.from(w_bayes as number[]);
    expect([...times(spread.covariance, best)]).toEqual(near(cov_x_w_bayes));
    const shapley = conditionalShapley(spread)(best);
    const values = points.x.map((x: number[]) => [...times(shapley, Float64Array.from(x))]);
    expect(values).toEqual(points.shap_conditional_gaussian.map((row: number[]) => near(row)));
  });

  it('tests of one feature, of pairs and of weights', async () => {
    const { y, tests, weights, pair_xor, names } = read('sap', 'values.json');
    const { data, shape } = await readNpy(folder('sap', 'x.npy'));
    const features: Features = {
      values: Float64Array.from(data as Float32Array),
      count: shape[0]!,
      width: shape[1]!,
    };
    const labels = Uint8Array.from(y as number[]);
    const columns = Array.from({ length: features.width }, (_, j) => columnOf(features, j));
    const known = (values: readonly (number | null)[], digits: number) =>
      values.map((value) => (value === null ? 0 : expect.closeTo(value, digits)));
    expect(columns.map((column) => studentT(column, labels))).toEqual(known(tests.student_t.statistic, 4));
    const levene = columns.map((column) => leveneT(column, labels) ** 2);
    expect(levene).toEqual(known(tests.levene_median.statistic, 3));
    // The pair of XOR stands out among all pairs, and no other pair of unrelated features does.
    const pairs = greatestPairT(features, labels);
    const [a, b] = [names.indexOf('xor_a'), names.indexOf('xor_b')];
    expect(pair_xor.p).toBeLessThan(1e-10);
    expect(pairs[a]).toBe(pairs[b]);
    expect([...pairs.keys()].filter((j) => pairs[j]! >= pairs[a]!)).toEqual([a, b].sort((p, q) => p - q));
    // Logistic and linear regression weigh the same features: cause and suppressor.
    const spread = spreadOf(features);
    const t = weightT(precisionOf(spread), withClass(features, spread.mean, labels), labels);
    const strong = [...t.keys()].filter((j) => Math.abs(t[j]!) > 4);
    expect(strong.map((j) => names[j])).toEqual(expect.arrayContaining(['informative', 'suppressor']));
    expect(weights.wald_p.filter((p: number) => p < 1e-10).length).toBeGreaterThan(1);
  });
});
