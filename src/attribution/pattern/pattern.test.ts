import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int } from '../../graph/attributes.js';
import { startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import { buildNetwork } from '../../model/architectures/architecture.js';
import { architectureOf } from '../../model/architectures/registry.js';
import { inForm } from '../../model/forms/index.js';
import { classifierOf, loadClassifier } from '../../model/load.js';
import { readNpy } from '../../tensor/npy.js';
import { type Tensor, tensor, toFloat32 } from '../../tensor/tensor.js';
import { relative } from '../../testing/relative.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import { attribute } from '../attribute.js';
import { patternsOf as activationPatternsOf } from './activation-pattern.js';
import { patternsOf } from './patterns.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

/** What the reference holds of an instance. */
type Stored = Record<string, Record<string, number[]> & { readonly map: number[][] }>;

const truth = (...path: string[]) => sharedPath('golden', 'truth', ...path);
const json = (path: string) => (sharedIsThere ? JSON.parse(readFileSync(path, 'utf8')) : {});
const array = async (path: string) => toFloat32(await readNpy(path));

/** Images of smooth noise in which class-like blobs vary. */
function noise(count: number, shape: readonly number[], seed: number): Tensor {
  const random = seededRandom(seed);
  const data = Float32Array.from({ length: count * shape.reduce((a, b) => a * b) }, () => random.normal());
  return tensor(data, [count, ...shape]);
}

describe.skipIf(!sharedIsThere)('activation patterns', () => {
  const stored = json(truth('haufe', 'values.json'));
  const product = (x: Tensor, w: readonly (readonly number[])[]) => {
    const [n, d] = x.shape as [number, number];
    const k = w[0]!.length;
    return tensor(
      Float32Array.from({ length: n * k }, (_, at) => {
        const [i, j] = [Math.floor(at / k), at % k];
        return w.reduce((sum, row, p) => sum + row[j]! * x.data[i * d + p]!, 0);
      }),
      [n, k],
    );
  };
  it.each([
    [
      'one output',
      () => stored.single.w.map((v: number) => [v]),
      () => stored.single.pattern.map((v: number) => [v]),
    ],
    ['three outputs', () => stored.multi.W, () => stored.multi.A],
    [
      'one of three outputs alone',
      () => stored.multi.W.map((row: number[]) => row.slice(1, 2)),
      () => stored.multi.A_columns_one_by_one.map((row: number[]) => row.slice(1, 2)),
    ],
    [
      'two differences of outputs of a softmax',
      () => stored.softmax.W.map(([a, b, c]: number[]) => [a! - c!, b! - c!]),
      () => stored.softmax['A_of_logit_differences_(0-2,1-2)'],
    ],
    [
      'one output of a softmax alone',
      () => stored.softmax.W.map((row: number[]) => row.slice(0, 1)),
      () => stored.softmax.A_columns_one_by_one.map((row: number[]) => row.slice(0, 1)),
    ],
    ['a softmax', () => stored.softmax.W, () => stored.softmax['A_pseudo_inverse_rcond_1e-10']],
  ])('of %s are the reference', async (_, weights, expected) => {
    const x = await array(truth('haufe', 'x.npy'));
    const ours = activationPatternsOf(x, product(x, weights()));
    const theirs = expected() as number[][];
    const flat = theirs.flatMap((row, p) => row.map((value, k) => [ours[k]![p]!, value] as const));
    expect(
      relative(
        flat.map(([a]) => a),
        flat.map(([, b]) => b),
      ),
    ).toBeLessThan(1e-5);
  });

  it('are the reference covariances once those of the outputs are put back', async () => {
    const x = await array(truth('haufe', 'x.npy'));
    const { W, cov_s, A_without_cov_s_inverse: theirs } = stored.multi;
    const ours = activationPatternsOf(x, product(x, W));
    const back = (theirs as number[][]).map((_, p) =>
      [0, 1, 2].map((k) => ours.reduce((sum, pattern, l) => sum + pattern[p]! * cov_s[l][k], 0)),
    );
    expect(relative(back.flat(), theirs.flat())).toBeLessThan(1e-5);
    const { w, pattern, var_s, cov_x_s } = stored.single;
    const [alone] = activationPatternsOf(
      x,
      product(
        x,
        w.map((value: number) => [value]),
      ),
    );
    expect(
      relative(
        [...alone!].map((value) => value * var_s),
        cov_x_s,
      ),
    ).toBeLessThan(1e-5);
    expect(relative(alone!, pattern)).toBeLessThan(1e-5);
    // The pattern of the labels, the best outputs there could be, points the same way without any weights.
    const labels = tensor(Float32Array.from(stored.y), [stored.y.length, 1]);
    const [ofLabels] = activationPatternsOf(x, labels);
    expect(relative(ofLabels!, stored.single.pattern_from_labels)).toBeLessThan(1e-5);
  });

  it('of a shrunk covariance are shares of variance', async () => {
    const x = await array(truth('haufe', 'x.npy'));
    const { w } = stored.single;
    const net = startGraph('single');
    const weight = net.constant(float32(Float32Array.from(w), [1, w.length]), 'weight');
    const output = net.emit('Gemm', ['x', weight], { transB: int(1) }, 'output');
    const value = (name: string, size: number) => ({ name, type: 'float32', shape: ['N', size] }) as const;
    const graph = net.finish([value('x', w.length)], [value(output, 1)]);
    const model = await classifierOf(graph, 'single', { engine });
    const sample = tensor(x.data.slice(0, w.length), [1, w.length]);
    const given = { data: x, alike: 0, shrinkage: 0.1, gives: 'pattern' } as const;
    const { map } = await attribute(model, 'variance-share', sample, [0], given);
    expect(relative(map.data, stored['shrinkage_0.1'].single)).toBeLessThan(1e-5);
  });

  it('of a linear classifier are those of its log-odds', async () => {
    const { attributions } = json(sharedPath('golden', 'manifest.json'));
    const theirs = attributions.find(({ method }: { method: string }) => method === 'haufe_pattern');
    const model = await loadClassifier(sharedPath('golden', 'linear', 'model.onnx'), {
      engine,
      head: 'softmax',
    });
    const flat = await array(sharedPath('golden', theirs.aux.train_x));
    const data = tensor(flat.data, [flat.shape[0]!, ...model.input.shape]);
    const x = tensor(data.data.slice(0, 64), [1, ...model.input.shape]);
    const { map } = await attribute(model, 'activation-pattern', x, [1], { data });
    expect(relative(map.data, theirs.pattern_first1000)).toBeLessThan(1e-4);
  });
});

describe.skipIf(!sharedIsThere)('PatternLocal', () => {
  const stored = json(truth('local', 'values.json'));
  const explain = async (instance: number, options: object) => {
    const model = await loadClassifier(truth('pattern', 'mlp', 'model.onnx'), { engine });
    const [x, data] = await Promise.all(
      ['x.npy', 'x_train.npy'].map((name) => array(truth('pattern', 'mlp', name))),
    );
    const sample = tensor(x!.data.slice(instance * 64, (instance + 1) * 64), [1, 64]);
    const { map } = await attribute(model, 'pattern-local', sample, [stored.targets[instance]], {
      data: data!,
      ...options,
    });
    return map.data;
  };
  it.each([
    ['values', {}, (own: Stored) => own.identity!.a],
    ['values, normalised', { normalised: true }, (own: Stored) => own.identity!.a_normalised!],
    ['values, shrunk', { shrinkage: 0.3 }, (own: Stored) => own.identity!['a_shrinkage_0.3']],
    [
      'neighbours of a place where the model is 0',
      { projected: true },
      (own: Stored) => own.identity!.a_projected!,
    ],
    ['all neighbours', { neighbours: 1 }, (own: Stored) => own.identity!.a_ratio_1!],
    [
      'a regression',
      { normalised: true, lambda: 0.1 },
      (own: Stored) => own.identity!['a_regression_lambda_0.1'],
    ],
    ['components', { space: 'components', components: 8 }, (own: Stored) => own.pca8!.map.flat()],
  ])('over %s gives the reference maps', async (_, options, theirs) => {
    for (const instance of [0, 2])
      expect(relative(await explain(instance, options), theirs(stored.instances[instance])!)).toBeLessThan(
        1e-4,
      );
  });

  it('over the means of segments and on the draws of LIME gives the reference maps', async () => {
    const segments = await array(truth('local', 'segments.npy'));
    const own = stored.instances[1];
    const bySegment = await explain(1, { space: 'segments', segments });
    expect(relative(bySegment, own.superpixel_gradient.map.flat())).toBeLessThan(1e-4);
    const samples = await array(truth('local', 'draws.npy'));
    expect(relative(await explain(1, { surrogate: 'lime', samples }), own.lime_tabular.a)).toBeLessThan(1e-3);
  });
});

describe('patterns of a residual network', () => {
  const shape = [1, 12, 12] as const;
  const graph = buildNetwork(architectureOf('resnet-small'), shape, 2, { width: 4 }, seededRandom(5));
  const model = classifierOf(graph, 'resnet', { engine });
  const data = noise(40, shape, 1);

  it('share what a sum gets among its branches, and each neuron has w a = 1', async () => {
    const patterns = await patternsOf(inForm(await model, 'merged-before'), data, 'plus', quietly);
    const sums = [...patterns.values()].filter(({ weights }) => weights.every((w) => w === 1));
    expect(sums.length).toBeGreaterThan(0);
    for (const {
      pattern,
      shape: [branches, channels],
    } of sums)
      for (let c = 0; c < channels!; c++) {
        const total = Array.from({ length: branches! }, (_, b) => pattern[b * channels! + c]!).reduce(
          (a, b) => a + b,
        );
        expect(total).toBeCloseTo(total === 0 ? 0 : 1, 6);
      }
  });

  it.each(['patternnet', 'patternattribution'])('are walked back by %s', async (method) => {
    const x = noise(2, shape, 2);
    const { map } = await attribute(await model, method, x, [0, 1], { data });
    expect(map.shape).toEqual(x.shape);
    expect(map.data.every(Number.isFinite)).toBe(true);
    expect(map.data.some((value) => value !== 0)).toBe(true);
  });
});

describe('a method by patterns', () => {
  it('says that it needs data, and of which shape', async () => {
    const model = await classifierOf(
      buildNetwork(architectureOf('mlp'), [1, 4, 4], 2, { width: 4 }, seededRandom(0)),
      'mlp',
      { engine },
    );
    const x = noise(1, [1, 4, 4], 0);
    for (const method of ['patternnet', 'patternattribution', 'pattern-local', 'activation-pattern']) {
      await expect(attribute(model, method, x, [0])).rejects.toThrow("needs option 'data'");
      const wrong = { data: noise(3, [1, 5, 5], 0) };
      await expect(attribute(model, method, x, [0], wrong)).rejects.toThrow('it takes [M,1,4,4]');
    }
  });
});
