import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int } from '../../graph/attributes.js';
import { startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import { classifierOf } from '../../model/load.js';
import { readNpy } from '../../tensor/npy.js';
import { tensor, toFloat32 } from '../../tensor/tensor.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import { attribute } from '../attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const folder = (...path: string[]) => sharedPath('golden', 'truth', 'suppressor2d', ...path);
const cases = sharedIsThere ? JSON.parse(readFileSync(folder('values.json'), 'utf8')).cases : {};

/** A linear model of two features; class 1 has the weights w and the bias b, class 0 none. */
function linear(weights: readonly number[], bias = 0) {
  const builder = startGraph('linear');
  const w = builder.constant(float32(Float32Array.from([0, 0, ...weights]), [2, 2]), 'weight');
  const b = builder.constant(float32(Float32Array.of(0, bias), [2]), 'bias');
  const output = builder.emit('Gemm', ['x', w, b], { transB: int(1) }, 'logits');
  const graph = builder.finish(
    [{ name: 'x', type: 'float32', shape: ['N', 2] }],
    [{ name: output, type: 'float32', shape: ['N', 2] }],
  );
  return classifierOf(graph, 'linear', { engine });
}

describe.skipIf(!sharedIsThere).each(Object.keys(cases))('on the linear suppressor %s', (name) => {
  const { w_bayes: weights, points } = cases[name];
  const model = linear(weights);
  const x = tensor(Float32Array.from(points.x.flat()), [points.x.length, 2]);
  const targets = points.x.map(() => 1);
  const explain = async (method: string, options = {}) =>
    (await attribute(await model, method, x, targets, options)).map.data;
  const one = tensor(Float32Array.of(1, 1), [1, 2]);

  it.each([
    ['gradient', {}, 'gradient'],
    ['input-x-gradient', {}, 'input_x_gradient'],
    ['integrated-gradients', { baseline: 1 }, 'ig_baseline_(1,1)'],
    ['deeplift', { baseline: 1 }, 'ig_baseline_(1,1)'],
    ['shapley-exact', { baseline: 1 }, 'ig_baseline_(1,1)'],
    ['kernel-shap', { baseline: 1, samples: 100 }, 'ig_baseline_(1,1)'],
    ['expected-gradients', { baselines: one }, 'ig_baseline_(1,1)'],
    ['lrp', { composite: 'epsilon', epsilon: 1e-12 }, 'input_x_gradient'],
    ['lrp', { composite: 'epsilon', epsilon: 0.1 }, 'lrp_eps_0.1'],
    ['lrp', { composite: 'wsquare' }, 'lrp_w2'],
    ['lrp', { composite: 'flat' }, 'lrp_flat'],
    ['lrp', { composite: 'alpha2-beta1' }, 'lrp_alpha2beta1'],
  ])('%s %o is the closed form', async (method, options, form) => {
    const theirs: number[] =
      form === 'gradient' ? points.x.flatMap(() => points.gradient) : (points[form] as number[][]).flat();
    const ours = await explain(method, options);
    const size = Math.hypot(...theirs);
    expect(Math.hypot(...theirs.map((value, i) => value - ours[i]!)) / size).toBeLessThan(1e-5);
  });
});

describe.skipIf(!sharedIsThere)('patterns on samples of the linear suppressor', () => {
  it.each(['S1', 'S3'])('are next to zero on the suppressor, where the gradient is not: %s', async (name) => {
    const { w_bayes: weights, pattern_of_w_bayes: pattern, sample } = cases[name];
    const data = toFloat32(await readNpy(folder(`${name}_x.npy`)));
    const model = await linear(sample.logistic.w);
    const x = tensor(Float32Array.of(0.5, 0.25), [1, 2]);
    const given = { data };
    const { map: activation } = await attribute(model, 'activation-pattern', x, [1], given);
    const ours = [...activation.data];
    expect(ours).toEqual(sample.pattern_of_logistic.map((value: number) => expect.closeTo(value, 5)));
    expect(Math.abs(ours[1]! - pattern[1])).toBeLessThan(4 * sample.pattern_bootstrap_se_400[1]);
    const { map: signal } = await attribute(model, 'patternnet', x, [1], { ...given, estimator: 'linear' });
    expect(signal.data[1]! / signal.data[0]!).toBeCloseTo(ours[1]! / ours[0]!, 5);
    expect(Math.abs(weights[1] / weights[0])).toBeGreaterThan(2 * Math.abs(ours[1]! / ours[0]!));
  });
});

describe.skipIf(!sharedIsThere).each(['S1', 'S3'])('a fitted logistic regression on %s', (name) => {
  const { sample = {} } = cases[name] ?? {};

  it.each([
    ['input-x-gradient', {}, 'input_x_gradient'],
    ['integrated-gradients', {}, 'ig_baseline_0'],
    ['shapley-exact', {}, 'input_x_gradient'],
    ['expected-gradients', { baselines: 'the mean' }, 'marginal_shap_background_mean'],
    ['lrp', { composite: 'epsilon', epsilon: 0.01 }, 'lrp_eps_1e-2_bias_absorbed'],
  ] as const)('has by %s %o the reference values', async (method, options, form) => {
    const { logistic, instances } = sample;
    const model = await linear(logistic.w, logistic.b);
    const x = tensor(Float32Array.from(instances.x.flat()), [instances.x.length, 2]);
    const mean = tensor(Float32Array.from(sample.mean as number[]), [1, 2]);
    const given = 'baselines' in options ? { baselines: mean } : options;
    const targets = instances.x.map(() => 1);
    const { map } = await attribute(model, method, x, targets, given);
    const theirs: number[] = instances[form].flat();
    expect([...map.data].map((value, i) => value - theirs[i]!)).toEqual(
      theirs.map((value) => expect.closeTo(0, Math.abs(value) > 5 ? 4 : 5)),
    );
  });
});
