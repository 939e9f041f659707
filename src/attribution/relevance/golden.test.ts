import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { GivenOptions } from '../../base/options.js';
import { readOptions } from '../../base/options.js';
import { quietly } from '../../base/run.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { loadClassifier } from '../../model/load.js';
import { readNpy } from '../../tensor/npy.js';
import { type Tensor, toFloat32 } from '../../tensor/tensor.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import type { Method } from '../method.js';
import * as methods from './index.js';

interface Reference {
  readonly model: string;
  readonly method: string;
  readonly file: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly aux?: Readonly<Record<string, string>>;
  readonly float32_vs_float64: { readonly rel_l2: number };
}

const golden = (...parts: string[]) => sharedPath('golden', ...parts);
const load = async (...parts: string[]) => toFloat32(await readNpy(golden(...parts)));
const byName = new Map(Object.values<Method>(methods).map((m) => [m.name, m]));
const box = { low: -1.5, high: 3 };

/** How a reference is asked for. */
const calls: Readonly<Record<string, readonly [string, GivenOptions]>> = {
  'lrp_epsilon_1e-6': ['lrp', { composite: 'epsilon' }],
  'lrp_epsilon_0.25': ['lrp', { composite: 'epsilon', epsilon: 0.25 }],
  'lrp_epsilon_0.01_zero_bias': ['lrp', { composite: 'epsilon', epsilon: 0.01, 'zero-bias': true }],
  'lrp_gamma_0.25': ['lrp', { composite: 'gamma' }],
  lrp_zplus: ['lrp', { composite: 'zplus' }],
  lrp_alpha2_beta1: ['lrp', { composite: 'alpha2-beta1' }],
  lrp_alpha1_beta0: ['lrp', { composite: 'alpha1-beta0' }],
  lrp_wsquare: ['lrp', { composite: 'wsquare' }],
  lrp_flat: ['lrp', { composite: 'flat' }],
  lrp_epsilon_plus: ['lrp', {}],
  lrp_epsilon_plus_flat: ['lrp', { composite: 'epsilon-plus-flat' }],
  lrp_epsilon_gamma_box: ['lrp', { composite: 'epsilon-gamma-box', ...box }],
  lrp_epsilon_alpha2_beta1: ['lrp', { composite: 'epsilon-alpha2-beta1' }],
  captum_lrp_default: ['lrp', { composite: 'epsilon', epsilon: 1e-9 }],
  zennit_excitation_backprop: ['excitation-backprop', {}],
  deeplift_rescale: ['deeplift', {}],
  deeplift_rescale_b05: ['deeplift', { baseline: 0.5 }],
  deeplift_rescale_fixed: ['deeplift', {}],
  deeplift_rescale_fixed_b05: ['deeplift', { baseline: 0.5 }],
  deeplift_shap: ['deeplift-shap', {}],
  deeplift_shap_fixed: ['deeplift-shap', {}],
};

/**
 * Stock Captum's multipliers of max-pooling never reach a rectifier right before it, and overlapping windows overwrite
 * each other: its repaired numbers are the reference.
 */
const wrong = (reference: Reference) =>
  ['vgg', 'resnet18t'].includes(reference.model) &&
  ['deeplift_rescale', 'deeplift_rescale_b05', 'deeplift_shap'].includes(reference.method);

const engine = onnxRuntime();
const table: string[] = [];
afterAll(async () => {
  await engine.dispose();
  console.log(['model | file | reference | relative error | ', ...table].join('\n'));
});

describe.skipIf(!sharedIsThere)('relevance matches the references', () => {
  const manifest = sharedIsThere ? JSON.parse(readFileSync(golden('manifest.json'), 'utf8')) : undefined;
  const references: Reference[] = (manifest?.attributions ?? []).filter((r: Reference) => r.method in calls);
  const loaded = new Map<string, ReturnType<typeof loadClassifier>>();
  const cases = references.flatMap((reference) =>
    (manifest.models[reference.model].onnx as { file: string }[]).flatMap(({ file }) =>
      ['sightline', 'zennit'].flatMap((variant) => {
        const [name, options] = calls[reference.method]!;
        return name !== 'lrp' && variant === 'zennit' ? [] : [{ reference, file, variant, name, options }];
      }),
    ),
  );
  it.each(cases)(
    '$reference.method of $file ($variant)',
    async ({ reference, file, variant, name, options }) => {
      const method = byName.get(name)!;
      const model = await (loaded.get(file) ??
        loaded.set(file, loadClassifier(golden(file), { engine })).get(file)!);
      const input = await load(reference.model, 'x.npy');
      const targets: number[] = manifest.models[reference.model].targets;
      const arrays = reference.aux?.baselines ? { baselines: await load(reference.aux.baselines) } : {};
      const given = { ...options, ...arrays, ...(name === 'lrp' ? { variant } : {}) };
      const chosen = readOptions(method.options, given, name);
      const { map } = await method.attribute({
        model,
        input,
        targets,
        options: chosen,
        seed: 0,
        run: quietly,
      });
      const error = relativeError(map, await load(reference.file));
      const tolerance = Math.max(1e-4, 20 * reference.float32_vs_float64.rel_l2);
      const verdict = wrong(reference)
        ? 'not copied: stock Captum gives max-pooling wrong multipliers, its repaired numbers match'
        : error <= tolerance
          ? 'matched'
          : 'NOT matched';
      table.push([file, variant, reference.method, error.toExponential(1), verdict].join(' | '));
      if (wrong(reference)) expect(error).toBeGreaterThan(tolerance);
      else expect(error).toBeLessThanOrEqual(tolerance);
    },
  );
});

function relativeError(got: Tensor, want: Tensor): number {
  expect(got.shape).toEqual(want.shape);
  let [difference, size] = [0, 0];
  for (const [i, value] of want.data.entries()) {
    difference += (got.data[i]! - value) ** 2;
    size += value * value;
  }
  return Math.sqrt(difference / size);
}
