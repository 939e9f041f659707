import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mean } from '../../statistics/bootstrap.js';
import { welch } from '../../statistics/two-samples.js';
import { suppressorImportance } from '../../synthetic/suppressor/importance.js';
import { marginalShapley, type Pair } from '../../synthetic/suppressor/theory.js';
import { pearson } from '../../tensor/correlation.js';
import { readNpy } from '../../tensor/npy.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import { columnOf, studentT } from './association.js';
import { conditionalShapley, precisionOf, spreadOf, times, withClass } from './linear.js';

const folder = (name: string) => sharedPath('golden', 'truth', 'suppressor2d', name);
const { cases } = sharedIsThere ? JSON.parse(readFileSync(folder('values.json'), 'utf8')) : { cases: {} };
const near = (values: ArrayLike<number>, digits = 6) =>
  Array.from(values, (value) => expect.closeTo(value, digits));
const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

/** On images of two features of the linear suppressor, by the weights of a fitted logistic regression. */
describe.skipIf(!sharedIsThere).each(['S1', 'S3'])('the sample %s of the linear suppressor', async (name) => {
  const { sample = {}, ...theory } = cases[name] ?? {};
  const array = async (part: string) =>
    sharedIsThere ? Array.from((await readNpy(folder(`${name}_${part}.npy`))).data as Float32Array) : [];
  const [values, y, permutation] = await Promise.all(['x', 'y', 'perm'].map(array));
  const count = y!.length;
  const features = { values: Float64Array.from(values!), count, width: 2 };
  const labels = Uint8Array.from(y!);
  const spread = spreadOf(features);
  const { w, b } = sample.logistic ?? { w: [0, 0], b: 0 };
  const columns = [0, 1].map((j) => columnOf(features, j));
  const rows = Array.from({ length: count }, (_, n) => [values![2 * n]!, values![2 * n + 1]!] as const);
  const logits = rows.map(([x1, x2]) => w[0] * x1 + w[1] * x2 + b);
  const right = (logit: number, n: number) => logit > 0 === (labels[n] === 1);
  const accuracy = (all: readonly number[]) => all.filter(right).length / count;

  it('has the reference moments', () => {
    const unbiased = spread.covariance.map((value) => (value * count) / (count - 1));
    expect([...spread.mean]).toEqual(near(sample.mean));
    expect([...unbiased]).toEqual(near(sample.cov_ddof1.flat()));
    expect([...times(unbiased, Float64Array.from(w))]).toEqual(near(sample.cov_x_f, 5));
    expect(columns.map((column) => pearson(column, y!))).toEqual(near(sample.correlation_x_y));
    expect(columns.map((column) => pearson(column, logits))).toEqual(near(sample.correlation_x_f));
    // Classes of one size: Welch's t is Student's.
    const [statistics, tails] = [0, 1].map((at) => sample.welch_t.map((row: number[]) => row[at]));
    expect(columns.map((column) => studentT(column, labels))).toEqual(near(statistics, 4));
    const of = (column: Float64Array, label: number) => [...column.filter((_, n) => labels[n] === label)];
    expect(columns.map((column) => welch(of(column, 1), of(column, 0)))).toEqual(near(tails));
  });

  it('has the reference discriminant, whose pattern leaves the suppressor out', () => {
    const shift = withClass(features, spread.mean, labels);
    const within = spread.covariance.map(
      (value, at) => ((value - shift[at >> 1]! * shift[at & 1]!) * count) / (count - 2),
    );
    expect([...within]).toEqual(near(sample.within_cov_ddof_n_minus_2.flat()));
    const best = times(precisionOf({ ...spread, covariance: within }), shift).map((value) => 2 * value);
    expect([...best]).toEqual(near(sample.lda.w, 4));
    const offset = -(best[0]! * spread.mean[0]! + best[1]! * spread.mean[1]!);
    expect(offset).toBeCloseTo(sample.lda.b, 4);
    expect(accuracy(rows.map(([x1, x2]) => best[0]! * x1 + best[1]! * x2 + offset))).toBe(
      sample.lda.accuracy,
    );
    const pattern = times(spread.covariance, best);
    const variance = pattern[0]! * best[0]! + pattern[1]! * best[1]!;
    expect([...pattern].map((value) => value / variance)).toEqual(near(sample.pattern_of_lda));
  });

  it('has the reference logistic regression, within errors of the closed form', () => {
    const slopes = logits.map((logit, n) => labels[n]! - sigmoid(logit));
    for (const input of [...columns, columns[0]!.map(() => 1)])
      expect(mean(slopes.map((slope, n) => slope * input[n]!))).toBeCloseTo(0, 6);
    const likelihood = logits.map((logit, n) => Math.log(sigmoid(labels[n] === 1 ? logit : -logit)));
    expect(mean(likelihood) * count).toBeCloseTo(sample.logistic.loglik, 4);
    expect(accuracy(logits)).toBe(sample.logistic.accuracy);
    const information = new Float64Array(9);
    for (const [n, [x1, x2]] of rows.entries())
      for (const [i, a] of [x1, x2, 1].entries())
        for (const [j, c] of [x1, x2, 1].entries())
          information[3 * i + j]! += a * c * sigmoid(logits[n]!) * sigmoid(-logits[n]!);
    const inverse = precisionOf({ width: 3, mean: new Float64Array(3), covariance: information });
    const errors = [0, 4, 8].map((at) => Math.sqrt(inverse[at]!));
    expect(errors).toEqual(near([...sample.logistic.se_w, sample.logistic.se_b], 4));
    const off = [0, 1].map((j) => (w[j] - theory.w_bayes[j]) / errors[j]!);
    expect(off).toEqual(near(sample.z_scores_of_logistic_vs_theory, 4));
  });

  it('loses the reference accuracy where a feature is permuted, near the closed form', () => {
    const moved = [0, 1].map((j) => (n: number, m: number) => {
      const [own, other] = [rows[n]!, rows[m]!];
      return w[j] * other[j]! + w[1 - j] * own[1 - j]! + b;
    });
    const given = moved.map(
      (of) => accuracy(logits) - accuracy(logits.map((_, n) => of(n, permutation![n]!))),
    );
    expect(given).toEqual(near(sample.pfi_accuracy_given_permutation));
    const all = moved.map((of) => {
      let kept = 0;
      for (let n = 0; n < count; n++) for (let m = 0; m < count; m++) if (right(of(n, m), n)) kept++;
      return accuracy(logits) - kept / count ** 2;
    });
    expect(all).toEqual(near(sample.pfi_accuracy_all_pairs));
    const { accuracyLoss } = suppressorImportance(theory as Parameters<typeof suppressorImportance>[0]);
    for (const j of [0, 1])
      expect(Math.abs(all[j]! - accuracyLoss[j]!)).toBeLessThan(4 * Math.sqrt(0.25 / count));
  });

  it('has the reference Shapley values', () => {
    const { instances } = sample;
    const background: Pair = [spread.mean[0]!, spread.mean[1]!];
    const marginal = (x: Pair) => marginalShapley(w, x, background);
    const theirs = instances.marginal_shap_background_mean;
    expect(instances.x.map(marginal)).toEqual(theirs.map((row: number[]) => near(row)));
    const sizes = [0, 1].map((j) => mean(rows.map((row) => Math.abs(marginal(row)[j]!))));
    expect(sizes).toEqual(near(sample.mean_abs_marginal_shap));
    const matrix = conditionalShapley(spread)(Float64Array.from(w));
    const conditional = instances.x.map((x: number[]) => [
      ...times(
        matrix,
        Float64Array.from(x, (value, j) => value - background[j]!),
      ),
    ]);
    expect(conditional).toEqual(instances.conditional_shap_gaussian.map((row: number[]) => near(row, 5)));
    expect(mean(logits)).toBeCloseTo(instances.expected_value, 6);
  });
});
