import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { readNpy } from '../../tensor/npy.js';
import { relative } from '../../testing/relative.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import { composed, distractor, imageTheory, randomCovariance, rootOf, signal } from './image.js';
import {
  conditionalShapley,
  counterfactual,
  gaussianGiven,
  marginalShapley,
  type Pair,
  suppressorTheory,
  targetShapley,
} from './theory.js';

const json = (...path: string[]) =>
  sharedIsThere ? JSON.parse(readFileSync(sharedPath('golden', 'truth', ...path), 'utf8')) : {};

const near = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 9));

describe.skipIf(!sharedIsThere)('the closed forms of the linear suppressor', () => {
  const { cases = {} } = json('suppressor2d', 'values.json');
  it.each(Object.keys(cases))('are the reference values in case %s', (name) => {
    const theirs = cases[name];
    const theory = suppressorTheory(theirs);
    const { weights, within } = theory;
    expect([within.v1, within.cv, within.v2]).toEqual(near([...theirs.N[0], theirs.N[1][1]]));
    expect(weights).toEqual(near(theirs.w_bayes));
    expect(theory.pattern).toEqual(near(theirs.pattern_of_w_bayes));
    expect(theory.accuracy).toBeCloseTo(theirs.bayes_accuracy, 7);
    expect(theory.accuracyOfCause).toBeCloseTo(theirs.accuracy_x1_alone, 7);
    const { x, ...values } = theirs.points;
    const all = (of: (point: Pair) => Pair) => (x as Pair[]).map(of);
    const pairs = (key: string) => values[key].map(near);
    expect(all((point) => marginalShapley(weights, point))).toEqual(pairs('input_x_gradient'));
    expect(all((point) => marginalShapley(weights, point, [1, 1]))).toEqual(pairs('ig_baseline_(1,1)'));
    expect(all((point) => conditionalShapley(theory, weights, point))).toEqual(
      pairs('shap_conditional_exact'),
    );
    expect(all((point) => conditionalShapley(gaussianGiven(theirs), weights, point))).toEqual(
      pairs('shap_conditional_gaussian'),
    );
    expect(all((point) => targetShapley(theirs, point))).toEqual(pairs('shap_target'));
    expect(all((point) => counterfactual(weights, point))).toEqual(pairs('counterfactual'));
  });

  it('halve the share of the suppressor by conditioning', () => {
    const theory = suppressorTheory({ alpha: 0.5, s1: 0.8, s2: 0.5, c: 0.8 });
    const x: Pair = [0.5, 0.25];
    const [, second] = conditionalShapley(theory, theory.weights, x);
    expect(second).toBeCloseTo((theory.weights[1] * (x[1] - theory.secondGivenFirst(x[0]))) / 2, 12);
  });
});

describe('the suppressor image', () => {
  it.skipIf(!sharedIsThere)('is composed of the reference parts, with the reference theory', async () => {
    const theirs = json('linear64', 'values.json');
    const read = async (name: string) =>
      Float64Array.from(
        (await readNpy(sharedPath('golden', 'truth', 'linear64', `${name}.npy`))).data as Float32Array,
      );
    const [a, d, e8, x8, w, pattern, covariance] = await Promise.all(
      ['a', 'd', 'E8', 'x8', 'w_bayes', 'pattern', 'noise_cov'].map(read),
    );
    expect(signal.map(Math.abs)).toEqual(a!.map(Math.abs));
    expect([...signal]).toEqual(near([...a!]));
    expect([...distractor]).toEqual(near([...d!]));
    const { norms, ls, ld, ln } = theirs;
    const factors = { signal: ls / norms.T1, distractor: ld / norms.T2, noise: ln / norms.E };
    for (let i = 0; i < 8; i++) {
      const x = composed(factors, theirs.z[i], theirs.s[i], e8!.subarray(i * 64, (i + 1) * 64));
      expect(x.map((value, p) => value - x8![i * 64 + p]!).every((off) => Math.abs(off) < 1e-8)).toBe(true);
    }
    const theory = imageTheory(factors, covariance!);
    expect(relative(theory.weights, w!)).toBeLessThan(1e-5);
    expect(relative(theory.pattern, pattern!)).toBeLessThan(1e-5);
    expect(theory.accuracy).toBeCloseTo(theirs.bayes_accuracy, 5);
    // Half of the weights lie where the class changes nothing.
    const share = (holds: (p: number) => boolean) => {
      const mass = (all: readonly number[]) => all.reduce((sum, value) => sum + Math.abs(value), 0);
      return mass([...theory.weights].filter((_, p) => holds(p))) / mass([...theory.weights]);
    };
    expect(share((p) => a![p] === 0)).toBeCloseTo(theirs.abs_w_mass_outside_a, 5);
    expect(share((p) => a![p] === 0 && d![p] !== 0)).toBeCloseTo(theirs.abs_w_mass_on_distractor_only, 5);
    const length = a!.reduce((sum, value) => sum + value * value, 0);
    expect(Math.sqrt(theirs.n * length)).toBeCloseTo(theirs.norm_T1_closed_form, 4);
  });

  it('draws noise of its covariance', () => {
    const covariance = randomCovariance(seededRandom(4));
    const root = rootOf(covariance);
    const product = covariance.map((_, at) => {
      const [i, j] = [Math.floor(at / 64), at % 64];
      let sum = 0;
      for (let k = 0; k < 64; k++) sum += root[i * 64 + k]! * root[j * 64 + k]!;
      return sum;
    });
    expect(relative(product, covariance)).toBeLessThan(1e-12);
    const trace = Array.from({ length: 64 }, (_, i) => covariance[i * 65]!).reduce((a, b) => a + b);
    expect(trace / 64).toBeCloseTo(0.505, 0);
  });
});
