import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attribute } from '../../attribution/attribute.js';
import { quietly } from '../../base/run.js';
import type { Constant } from '../../graph/graph.js';
import type { Classifier } from '../../model/classifier.js';
import { loadClassifier } from '../../model/load.js';
import { type WeightedLayer, weightedLayers, withWeights } from '../../model/randomise.js';
import { readNpy } from '../../tensor/npy.js';
import { readNpz } from '../../tensor/npz.js';
import { rows, type Tensor, toFloat32 } from '../../tensor/tensor.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import type { Scored } from '../metric/metric.js';
import { scoreMap } from '../score.js';
import { randomisedSimilarity } from './parameter-randomisation.js';

const golden = (...path: string[]) => sharedPath('golden', ...path);
const array = async (...path: string[]): Promise<Tensor> => toFloat32(await readNpy(golden(...path)));

interface Reference<V> {
  readonly metric: string;
  readonly params: { readonly layer_order: 'top_down' | 'independent' | 'bottom_up' };
  readonly value: V;
}
const stored = sharedIsThere ? JSON.parse(readFileSync(golden('manifest.json'), 'utf8')).metrics : [];

describe.skipIf(!sharedIsThere)('randomisation beside Quantus', { timeout: 60_000 }, () => {
  let model: Classifier;
  let samples: Scored[];
  let weights: Readonly<Record<string, Constant>>;
  beforeAll(async () => {
    model = await loadClassifier(golden('vgg', 'model_bn.onnx'));
    const inputs = await array('metrics', 'x8.npy');
    const targets = (await array('metrics', 'y8.npy')).data;
    const explain: Scored['explain'] = async (input, target, change) =>
      (await attribute(change?.(model) ?? model, 'gradient', input, [target], { absolute: true })).map;
    samples = await Promise.all(
      [0, 1].map(async (n) => {
        const input = rows(inputs, n, n + 1);
        const map = await explain(input, targets[n]!);
        const plane = { data: map.data, shape: [64, 64] };
        return { map: plane, model, input, target: targets[n]!, explain, seed: 0, run: quietly };
      }),
    );
    const drawn = await readNpz(golden('metrics', 'mprt_random_weights.npz'));
    weights = Object.fromEntries(
      Object.entries(drawn).map(([name, one]) => [name, { ...toFloat32(one), type: 'float32' }]),
    );
  });
  afterAll(() => model?.engine.dispose());

  /** The weights of a layer as stored, under the names that the file's graph has. */
  const layerWeights = (layer: WeightedLayer) =>
    layer.weights.map(({ value }) => {
      expect(Object.keys(weights)).toContain(value);
      return [value, weights[value]!] as const;
    });

  const orders: readonly Reference<Record<string, number[]>>[] = stored.filter(
    ({ metric }: Reference<unknown>) => metric === 'MPRT',
  );
  it.each(orders)('gives the same similarities, layer by layer: $params.layer_order', async (reference) => {
    const layers = weightedLayers(model.graph);
    const ordered = reference.params.layer_order === 'top_down' ? layers.toReversed() : layers;
    const changes = ordered.map((_, i) => {
      const taken = reference.params.layer_order === 'independent' ? [ordered[i]!] : ordered.slice(0, i + 1);
      const replaced = new Map(taken.flatMap(layerWeights));
      const changed = withWeights(model, replaced);
      return () => changed;
    });
    const theirs = Object.values(reference.value).slice(1);
    const one = { sign: 'absolute', samples: 1, noise: 0 } as const;
    for (const [n, scored] of samples.entries()) {
      const { curve } = await randomisedSimilarity(scored, changes, 'spearman', one);
      const gaps = curve!.y.map((value, layer) => Math.abs(value - theirs[layer]![n]!));
      // The peer ranks gradients in single precision; those of random networks are nearly tied.
      expect(Math.max(...gaps)).toBeLessThan(3e-4);
      expect(gaps).toHaveLength(14);
    }
  });

  it('gives the same similarity of the other output', async () => {
    const { value }: Reference<number[]> = stored.find(
      ({ metric }: Reference<unknown>) => metric === 'RandomLogit',
    );
    for (const [n, scored] of samples.entries()) {
      const ours = await scoreMap('random-logit', scored, { similarity: 'ssim-of-rows' });
      expect(ours.value).toBeCloseTo(value[n]!, 4);
    }
  });
});
