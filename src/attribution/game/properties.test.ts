import { afterAll, describe, expect, it } from 'vitest';
import type { GivenOptions } from '../../base/options.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { classifierOf } from '../../model/load.js';
import { attribute } from '../attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const slopes = [1.5, -2, 0.5, 0, 3, -1];
const offset = 0.75;

/**
 * Six features, three outputs: a linear function, x0 x1 + 2 x2 (which knows nothing of the others), and the
 * sum of both.
 */
function games(): Graph {
  const b = startGraph('games');
  const weights = b.constant(float32(Float32Array.from(slopes), [6, 1]));
  const linear = b.add(b.matMul('x', weights), offset);
  const column = (i: number) => b.slice('x', [{ axis: 1, start: i, end: i + 1, step: 1 }]);
  const joint = b.add(b.mul(column(0), column(1)), b.mul(column(2), 2));
  b.alias(b.concat([linear, joint, b.add(linear, joint)], 1), 'logits');
  const value = (name: string, length: number) => ({ name, type: 'float32' as const, shape: ['N', length] });
  return b.finish([value('x', 6)], [value('logits', 3)]);
}
const model = classifierOf(games(), 'games', { engine });

const x = [2, 2, -1, 0.5, 1, 3];
const input = { data: Float32Array.from(x), shape: [1, 6] };
const explain = async (method: string, target: number, options: GivenOptions = {}) =>
  attribute(await model, method, input, [target], options, { seed: 3 });

/** The methods whose values are Shapley values, sampled or not. */
const shapley = ['shapley-exact', 'shapley-sampling', 'kernel-shap'] as const;

describe.each(shapley)('%s', (name) => {
  // Every feature is a player by itself.
  const worth = async (target: number, options: GivenOptions = {}) =>
    [...(await explain(name, target, { segments: 'each', ...options })).map.data] as number[];

  it('is efficient: its values sum up to the whole minus nothing', async () => {
    for (const target of [0, 1, 2]) {
      const { map, residual, compared } = await explain(name, target, { segments: 'each' });
      const sum = map.data.reduce((total, value) => total + value, 0);
      expect(sum).toBeCloseTo(compared!.input[0]! - compared!.baseline[0]!, 4);
      expect(residual![0]).toBeCloseTo(0, 4);
    }
  });

  it('gives symmetric players the same and a dummy nothing', async () => {
    // Antithetic permutations are symmetric in two players: each precedes the other equally often.
    const [a, b, c, ...dummies] = await worth(1);
    expect(a).toBeCloseTo(b!, 5);
    expect([a, c]).toEqual([expect.closeTo(2, 5), expect.closeTo(-2, 5)]);
    for (const dummy of dummies) expect(dummy).toBeCloseTo(0, 5);
  });

  it('is linear in the model', async () => {
    const [one, other, both] = await Promise.all([0, 1, 2].map((target) => worth(target)));
    for (const [i, value] of both!.entries()) expect(value).toBeCloseTo(one![i]! + other![i]!, 4);
  });

  it('of a linear model is slope times distance from the baseline', async () => {
    const got = await worth(0, { baseline: 0.25 });
    for (const [i, slope] of slopes.entries()) expect(got[i]).toBeCloseTo(slope * (x[i]! - 0.25), 4);
  });
});

describe('feature ablation and LIME of a linear model', () => {
  it('are slope times distance from the baseline', async () => {
    const want = slopes.map((slope, i) => slope * (x[i]! - 0.25));
    const options = { segments: 'each', baseline: 0.25 };
    const ablated = await explain('feature-ablation', 0, options);
    const fitted = await explain('lime', 0, { ...options, regression: 'ols', samples: 60 });
    for (const [i, value] of want.entries()) {
      expect(ablated.map.data[i]).toBeCloseTo(value, 5);
      expect(fitted.map.data[i]).toBeCloseTo(value, 4);
    }
  });
});

describe('methods that draw', () => {
  it('keep to a budget of evaluations', async () => {
    for (const name of ['shapley-sampling', 'kernel-shap', 'lime']) {
      const { evaluations } = await explain(name, 2, { segments: 'each', budget: 40 });
      expect(evaluations.forward).toBeLessThanOrEqual(40);
      expect(evaluations.forward).toBeGreaterThan(25);
    }
    const few = await explain('lime', 2, { segments: 'each', budget: 5 });
    expect(few.notes?.join()).toContain('fewer evaluations than it has segments');
    await expect(explain('shapley-sampling', 2, { segments: 'each', budget: 5 })).rejects.toThrow(
      "option 'budget' got 5; with this number of segments the method needs at least 12 evaluations",
    );
  });

  it('stop at a target error, and report errors that hold', async () => {
    const options = { segments: 'each', samples: 100_000, regression: 'ols' };
    const { map, convergence, evaluations } = await explain('lime', 1, { ...options, error: 0.1 });
    expect(evaluations.forward).toBeLessThan(20_000);
    const [{ errors = [], stability } = { stability: 0 }] = convergence ?? [];
    expect(Math.max(...errors)).toBeLessThanOrEqual(0.1);
    expect(stability).toBeGreaterThan(0.9);
    // With all players equally likely, the coefficients of x0 x1 at x0 = x1 = 2 are near 2.
    const { map: exact } = await explain('lime', 1, { ...options, samples: 20_000 });
    for (const [i, error] of errors.entries())
      expect(Math.abs(map.data[i]! - exact.data[i]!)).toBeLessThan(5 * error + 1e-6);
  });

  it('refuse arrays of draws of the wrong shape', async () => {
    const samples = { data: new Float32Array(10), shape: [2, 5] };
    for (const name of ['shapley-sampling', 'kernel-shap', 'lime'])
      await expect(explain(name, 0, { segments: 'each', samples })).rejects.toThrow(
        /option 'samples' has shape \[2,5\]; it takes a number, or (coalitions of 0 and 1|permutations of 0 to 5) in the rows of an array \[M,6\]/,
      );
  });
});
