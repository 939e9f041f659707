import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { GivenOptions } from '../../base/options.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { loadClassifier } from '../../model/load.js';
import { readNpy } from '../../tensor/npy.js';
import { rows, toFloat32 } from '../../tensor/tensor.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import { attribute } from '../attribute.js';
import { shapleyValues } from '../perturbation/shapley-exact.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const array = async (path: string) => toFloat32(await readNpy(sharedPath('golden', path)));

interface Entry {
  readonly model: string;
  readonly method: string;
  readonly file?: string;
  readonly aux: Readonly<Record<string, string>>;
  readonly params: { readonly permutations?: number[][] };
  readonly segment_values?: readonly number[] | readonly (readonly number[])[];
  readonly captum_kernel_shap?: { readonly coalitions: string; readonly coef: number[] };
  readonly captum?: Readonly<Record<string, { readonly coef: number[] }>>;
  readonly marcotcr?: { readonly coef: number[] };
}

/** The peers' values by segment, at the exact coalitions that they drew. */
describe.skipIf(!sharedIsThere)('Shapley values and surrogates of the peers', () => {
  const entries: readonly Entry[] = sharedIsThere
    ? JSON.parse(readFileSync(sharedPath('golden', 'manifest.json'), 'utf8')).attributions
    : [];
  const files: Readonly<Record<string, string>> = {
    vgg: 'model_bn.onnx',
    resnet18t: 'model_fold.onnx',
    mlp: 'model.onnx',
    linear: 'model.onnx',
  };
  const load = (model: string) =>
    loadClassifier(sharedPath('golden', model, files[model]!), { engine, precision: 'float32' });
  const entryOf = (model: string, method: string) =>
    entries.find((one) => one.model === model && one.method === method)!;
  const targetsOf = (model: string): readonly number[] =>
    JSON.parse(readFileSync(sharedPath('golden', 'manifest.json'), 'utf8')).models[model].targets;

  /** The values of the segments of the first samples. */
  async function worthOf(entry: Entry, method: string, options: GivenOptions, samples = 1) {
    const [model, input, labels] = await Promise.all([
      load(entry.model),
      array(`${entry.model}/x.npy`),
      array(entry.aux.feature_mask!),
    ]);
    const targets = targetsOf(entry.model).slice(0, samples);
    const some = rows(input, 0, samples);
    const { map } = await attribute(model, method, some, targets, { segments: labels, ...options });
    const players = Math.max(...labels.data) + 1;
    return targets.map((_, sample) => {
      const { data } = rows(map, sample, sample + 1);
      return Array.from({ length: players }, (_, player) => data[labels.data.indexOf(player)]!);
    });
  }

  const farthest = (got: readonly number[], want: readonly number[]) => {
    expect(got.length).toBe(want.length);
    return Math.max(...got.map((value, i) => Math.abs(value - want[i]!)));
  };

  it('vgg shapley_exact_4x4, of the stored values of its coalitions', async () => {
    const entry = entryOf('vgg', 'shapley_exact_4x4');
    const values = await array(entry.aux.coalition_values!);
    expect(farthest([...shapleyValues([...values.data], 16)], entry.segment_values as number[])).toBeLessThan(
      1e-6,
    );
  });

  it('resnet18t shapley_exact_2x5', async () => {
    const entry = entryOf('resnet18t', 'shapley_exact_2x5');
    const [got] = await worthOf(entry, 'shapley-exact', {});
    expect(farthest(got!, entry.segment_values as number[])).toBeLessThan(1e-5);
  });

  it.each(['mlp', 'linear'])('%s shapley_exact_rows8', async (model) => {
    const entry = entryOf(model, 'shapley_exact_rows8');
    const want = entry.segment_values as number[][];
    const got = await worthOf(entry, 'shapley-exact', {}, want.length);
    for (const [row, own] of want.entries()) expect(farthest(got[row]!, own)).toBeLessThan(1e-5);
  });

  it('vgg shapley_value_sampling_10', async () => {
    const entry = entryOf('vgg', 'shapley_value_sampling_10');
    const orders = entry.params.permutations!;
    const samples = { data: Float32Array.from(orders.flat()), shape: [10, 16] };
    const segments = await array(entry.aux.feature_mask!);
    const [model, input, want] = await Promise.all([load('vgg'), array('vgg/x.npy'), array(entry.file!)]);
    const { map } = await attribute(model, 'shapley-sampling', input, targetsOf('vgg'), {
      segments,
      samples,
    });
    expect(farthest([...map.data], [...want.data])).toBeLessThan(1e-5);
  });

  it('resnet18t: kernel-shap at the coalitions of Captum', async () => {
    const entry = entryOf('resnet18t', 'shapley_exact_2x5');
    const { coalitions, coef } = entry.captum_kernel_shap!;
    const got = await worthOf(entry, 'kernel-shap', { samples: await array(coalitions), preset: 'captum' });
    expect(farthest(got[0]!, coef)).toBeLessThan(1e-4);
  });

  it('kernel-shap over all coalitions is exact', async () => {
    const entry = entryOf('resnet18t', 'shapley_exact_2x5');
    const got = await worthOf(entry, 'kernel-shap', { samples: 1022 });
    expect(farthest(got[0]!, entry.segment_values as number[])).toBeLessThan(1e-5);
  });

  it.each(['captum', 'ridge', 'ols', 'lime'])(
    'resnet18t lime_2x5 at the given coalitions: %s',
    async (peer) => {
      const entry = entryOf('resnet18t', 'lime_2x5');
      const cases: Readonly<
        Record<string, { readonly options: GivenOptions; readonly want: readonly number[] }>
      > = {
        captum: { options: { preset: 'captum' }, want: entry.captum!['lasso0.01_cosine_kw1']!.coef },
        ridge: { options: { space: 'pixels' }, want: entry.captum!['ridge1_cosine_kw0.25']!.coef },
        ols: {
          options: { space: 'pixels', distance: 'euclidean', width: 20, regression: 'ols' },
          want: entry.captum!.ols_euclid_kw20!.coef,
        },
        lime: { options: {}, want: entry.marcotcr!.coef },
      };
      const { options, want } = cases[peer]!;
      const samples = await array(entry.aux.coalitions!);
      const [got] = await worthOf(entry, 'lime', { samples, ...options });
      expect(farthest(got!, want)).toBeLessThan(1e-4);
    },
  );
});
