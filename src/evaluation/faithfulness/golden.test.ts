import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { groupBy } from '../../base/groups.js';
import type { GivenOptions } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import type { Classifier } from '../../model/classifier.js';
import { loadClassifier } from '../../model/load.js';
import { predict } from '../../model/predict.js';
import { readNpy } from '../../tensor/npy.js';
import { descendingOrder } from '../../tensor/rank.js';
import { reduceChannels } from '../../tensor/reduce.js';
import { rows as rowsOf, type Tensor, toFloat32 } from '../../tensor/tensor.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import type { Score, Scored } from '../metric/metric.js';
import { scoreMap } from '../score.js';
import { infidelityOf } from './infidelity.js';
import { irofOf } from './irof.js';
import { greyCorrelation } from './monotonicity-correlation.js';
import { gridOf, patchSteps } from './patches.js';
import { quantityOf } from './quantity.js';
import { area, inSteps } from './removal.js';
import { subsetCorrelation } from './subsets.js';

interface Reference<V = readonly (number | readonly number[])[]> {
  readonly metric: string;
  readonly library: string;
  readonly params: Readonly<Record<string, unknown>> & { readonly attr?: 'ig' | 'saliency' | 'random' };
  readonly value: V;
}

const golden = (...path: string[]) => sharedPath('golden', ...path);
const array = async (...path: string[]): Promise<Tensor> => toFloat32(await readNpy(golden(...path)));
const stored = sharedIsThere ? JSON.parse(readFileSync(golden('manifest.json'), 'utf8')).metrics : [];
const references: readonly Reference[] = stored;
const curves: readonly Reference<{ readonly curve: readonly number[]; readonly auc: number }>[] = stored;
const table: string[] = ['metric | reference | its first value | ours | greatest difference'];
afterAll(() => console.log(table.join('\n')));

/** Compares number by number, relative where they are large, and adds a row to the table. */
function compare(name: string, ours: readonly number[], theirs: readonly number[], tolerance: number): void {
  expect(ours.length).toBe(theirs.length);
  const gaps = ours.map((value, i) => Math.abs(value - theirs[i]!) / Math.max(1, Math.abs(theirs[i]!)));
  const [theirFirst, ourFirst] = [theirs[0]!.toPrecision(7), ours[0]!.toPrecision(7)];
  table.push(`${name} | ${theirFirst} | ${ourFirst} | ${Math.max(...gaps).toExponential(1)}`);
  expect(Math.max(...gaps)).toBeLessThan(tolerance);
}

describe.skipIf(!sharedIsThere)('beside the RISE evaluation code', { timeout: 60_000 }, () => {
  let model: Classifier;
  afterAll(() => model?.engine.dispose());

  it.each(['deletion', 'insertion'])('%s has the same curve and area', async (name) => {
    model ??= await loadClassifier(golden('resnet18t', 'model_bn.onnx'));
    const map = reduceChannels(await array('resnet18t', 'attr', 'ig_gausslegendre32.npy'));
    const scored: Scored = {
      map: { data: map.data, shape: map.shape.slice(2) },
      model,
      input: await array('resnet18t', 'x.npy'),
      target: 1,
      seed: 0,
      run: quietly,
    };
    const isIt = ({ metric, library }: Reference<unknown>) => metric === name && library.startsWith('RISE');
    const { curve, auc } = curves.find(isIt)!.value;
    const score = await scoreMap(name, scored, { pixels: 64, baseline: 'zero' });
    compare(`${name} | RISE, curve`, score.curve!.y, curve, 1e-5);
    compare(`${name} | RISE, area`, [score.value], [auc], 1e-6);
  });
});

type Maps = Readonly<Record<'ig' | 'saliency' | 'random', Tensor>>;

describe.skipIf(!sharedIsThere)('beside Quantus', { timeout: 60_000 }, () => {
  let model: Classifier;
  let maps: Maps;
  let inputs: Tensor;
  let targets: readonly number[];
  let choices: Tensor;
  let bits: Tensor;
  beforeAll(async () => {
    model = await loadClassifier(golden('vgg', 'model_bn.onnx'));
    const [ig, saliency, random] = ['ig', 'saliency', 'random'].map((kind) =>
      array('metrics', `a8_${kind}.npy`),
    );
    maps = { ig: await ig!, saliency: await saliency!, random: await random! };
    inputs = await array('metrics', 'x8.npy');
    targets = [...(await array('metrics', 'y8.npy')).data];
    choices = await array('metrics', 'faithcorr_subsets.npy');
    bits = await array('metrics', 'sensn_subset_bits.npy');
  });
  afterAll(() => model?.engine.dispose());

  const samples = (attr: keyof Maps): Scored[] =>
    targets.map((target, n) => ({
      map: { data: rowsOf(maps[attr], n, n + 1).data, shape: [64, 64] },
      model,
      predict: (input) => predict(model, input, quietly),
      input: rowsOf(inputs, n, n + 1),
      target,
      seed: 0,
      run: quietly,
    }));
  const scores = (attr: keyof Maps, metric: string, options: GivenOptions): Promise<Score[]> =>
    Promise.all(samples(attr).map((scored) => scoreMap(metric, scored, options)));
  const named = (metric: string) =>
    references
      .filter((reference) => reference.metric === metric)
      .map(
        (r) =>
          [
            `${metric} of ${r.params.attr} ${r.params.order ?? ''}${r.params.return_auc_per_sample ? 'area' : ''}`,
            r,
          ] as const,
      );
  const black = { baseline: 'min' };

  it.each(named('PixelFlipping'))('deletion: %s', async (name, { params, value }) => {
    const baseline = params.perturb_baseline === 'black' ? 'min' : params.perturb_baseline;
    const quantity = params.softmax === false ? 'logit' : 'probability';
    const ours = await scores(params.attr!, 'deletion', {
      baseline,
      quantity,
      pixels: params.features_in_step,
    });
    const curves = ours.map((score) => score.curve!.y.slice(1));
    const areas = curves.map((y) => area({ x: [...y.keys()], y }));
    compare(
      `deletion | ${name}`,
      params.return_auc_per_sample ? areas : curves.flat(),
      value.flat() as number[],
      2e-5,
    );
  });

  it.each(named('RegionPerturbation'))('%s', async (name, { params, value }) => {
    const options = { patch: 8, regions: 20, order: params.order };
    const theirs = value.flat() as number[];
    if (params.perturb_baseline === 'mean') {
      // The peer takes the mean anew of the image that is already perturbed; the metric takes that of the
      // image.
      compare(`(drifting mean) | ${name}`, (await driftingMean(params.attr!)).flat(), theirs, 2e-5);
      return;
    }
    const ours = await scores(params.attr!, 'region-perturbation', { ...options, baseline: 'min' });
    const drops = ours.flatMap(({ curve }) => curve!.y.slice(1));
    compare(`region-perturbation | ${name}`, drops, theirs, 2e-5);
  });

  const driftingMean = (attr: keyof Maps): Promise<number[][]> =>
    Promise.all(
      samples(attr).map(async ({ map, input, target, seed }) => {
        const present = { data: Float32Array.from(input!.data), shape: input!.shape };
        const probability = async () =>
          quantityOf(await predict(model, present, quietly), target!, 'probability')[0]!;
        const whole = await probability();
        const drops: number[] = [];
        for (const patch of patchSteps(map, seed, { patch: 8, regions: 20, order: 'lerf' })) {
          const mean = present.data.reduce((sum, v) => sum + v, 0) / present.data.length;
          for (const p of patch) present.data[p] = mean;
          drops.push(whole - (await probability()));
        }
        return drops;
      }),
    );

  it.each(named('Selectivity'))('%s', async (name, { params, value }) => {
    const ours = await scores(params.attr!, 'selectivity', { ...black, patch: 8 });
    compare(
      `selectivity | ${name}`,
      ours.flatMap(({ curve }) => curve!.y.slice(1)),
      value.flat() as number[],
      2e-5,
    );
  });

  it.each(named('FaithfulnessEstimate'))('%s', async (name, { params, value }) => {
    const ours = await scores(params.attr!, 'faithfulness-estimate', {
      ...black,
      pixels: 64,
      quantity: 'logit',
    });
    compare(
      `faithfulness-estimate | ${name}`,
      ours.map((score) => score.value),
      value as number[],
      1e-4,
    );
  });

  it.each(named('FaithfulnessCorrelation'))('%s', async (name, { params, value }) => {
    const [, runs, size] = choices.shape as [number, number, number];
    const ours = samples(params.attr!).map((scored, n) => {
      const drawn = rowsOf(choices, n, n + 1).data;
      const subsets = Array.from({ length: runs }, (_, i) => drawn.subarray(i * size, (i + 1) * size));
      return subsetCorrelation(scored, subsets, { baseline: 'min', quantity: 'logit' });
    });
    compare(
      `faithfulness-correlation | ${name}`,
      (await Promise.all(ours)).map((s) => s.value),
      value as number[],
      1e-4,
    );
  });

  it.each(named('MonotonicityCorrelation'))('%s', async (name, { params, value }) => {
    const greys = await array('metrics', 'monocorr_uniform.npy');
    const [, groups, draws] = greys.shape as [number, number, number];
    const ours = samples(params.attr!).map((scored, n) => {
      const map = { ...scored.map, data: scored.map.data.map(Math.abs) };
      const order = descendingOrder(map.data, seededRandom(0)).reverse();
      const drawn = Array.from({ length: groups }, (_, g) => {
        const at = (n * groups + g) * draws;
        return [...greys.data.subarray(at, at + draws)];
      });
      return greyCorrelation({ ...scored, map }, inSteps(order, 1, 128), drawn, 'probability');
    });
    const values = (await Promise.all(ours)).map((s) => s.value);
    compare(`monotonicity-correlation | ${name}`, values, value as number[], 1e-4);
  });

  it.each(named('SensitivityN_ancona'))('%s', async (name, { params, value }) => {
    const [sizes, count, runs, bytes] = bits.shape as [number, number, number, number];
    const all = samples(params.attr!);
    const ours: number[] = [];
    for (let i = 0; i < sizes * count; i++) {
      const subsets = Array.from({ length: runs }, (_, r) =>
        unpack(bits.data.subarray((i * runs + r) * bytes, (i * runs + r + 1) * bytes)),
      );
      const scored = all[i % count]!;
      ours.push((await subsetCorrelation(scored, subsets, { baseline: 'zero', quantity: 'logit' })).value);
    }
    compare(`sensitivity-n | ${name}`, ours, value.flat() as number[], 1e-4);
  });

  it.each(
    references.filter(({ metric }) => metric === 'ROAD').map((r) => [`ROAD of ${r.params.attr}`, r] as const),
  )('%s', async (name, { params, value }) => {
    const ours = await scores(params.attr!, 'road', { order: 'morf', noise: 0 });
    const right = ours.map(({ curve }) =>
      curve!.y.slice(1).map((probability) => (probability > 0.5 ? 1 : 0)),
    );
    const accuracy = right[0]!.map(
      (_, i) => right.reduce<number>((sum, each) => sum + each[i]!, 0) / right.length,
    );
    compare(`road, accuracy | ${name}`, accuracy, Object.values(value) as number[], 1e-9);
  });

  it.each(named('IROF'))('%s', async (name, { params, value }) => {
    const labels = await readNpy(golden('metrics', 'slic_segments.npy'));
    const ours = samples(params.attr!).map(async (scored, n) => {
      const own = Int32Array.from({ length: 4096 }, (_, p) => Number(labels.data[n * 4096 + p]));
      // The peer takes the mean anew of the image that is already perturbed.
      const curve =
        params.perturb_baseline === 'mean'
          ? await driftingShares(scored, own)
          : (await irofOf(scored, own, { baseline: 0, quantity: 'probability' })).curve!.y;
      const y = curve.slice(1);
      return y.length - area({ x: [...y.keys()], y });
    });
    compare(`irof | ${name} ${params.perturb_baseline}`, await Promise.all(ours), value as number[], 1e-4);
  });

  const driftingShares = async ({ map, input, target }: Scored, labels: Int32Array): Promise<number[]> => {
    const parts = [...groupBy([...labels.keys()], (p) => labels[p]!).values()];
    const mean = (values: Float32Array, at: readonly number[]) =>
      at.reduce((sum, p) => sum + values[p]!, 0) / at.length;
    const ordered = parts.sort((a, b) => mean(map.data, b) - mean(map.data, a));
    const present = { data: Float32Array.from(input!.data), shape: input!.shape };
    const probability = async () =>
      quantityOf(await predict(model, present, quietly), target!, 'probability')[0]!;
    const whole = await probability();
    const shares = [1];
    for (const part of ordered) {
      const level = present.data.reduce((sum, v) => sum + v, 0) / present.data.length;
      for (const p of part) present.data[p] = level;
      shares.push((await probability()) / whole);
    }
    return shares;
  };

  it.each(named('Infidelity'))('%s', async (name, { params, value }) => {
    const ours = samples(params.attr!).map(async (scored) => {
      const { data } = scored.input!;
      const low = data.reduce((a, b) => Math.min(a, b));
      const errors = [8, 16].map(async (side) => {
        // Patches are removed one after the other, by rows, and stay removed.
        const changes: Float32Array[] = [];
        for (const patch of gridOf(scored.map, side, side)) {
          const change = Float32Array.from(changes.at(-1) ?? new Float32Array(4096));
          for (const p of patch) change[p] = data[p]! - low;
          changes.push(change);
        }
        return (await infidelityOf(scored, changes.length, (i) => changes[i]!, false, 'logit')).value;
      });
      return (await Promise.all(errors)).reduce((a, b) => a + b) / 2;
    });
    compare(`infidelity, scale=false | ${name}`, await Promise.all(ours), value as number[], 1e-4);
  });

  const captum = named('infidelity').map(
    ([name, reference]) => [`${name} ${reference.params.normalize}`, reference] as const,
  );
  it.each(captum)('%s', async (name, { params, value }) => {
    const perturbations = await array('metrics', 'captum_perturbations.npy');
    const [count, draws] = perturbations.shape as [number, number];
    const ours = samples(params.attr!)
      .slice(0, count)
      .map((scored, n) => {
        const changes = Array.from({ length: draws }, (_, i) => {
          const at = (n * draws + i) * 4096;
          return perturbations.data.subarray(at, at + 4096);
        });
        return infidelityOf(scored, draws, (i) => changes[i]!, params.normalize === true, 'logit');
      });
    compare(
      `infidelity | ${name} of ${params.attr}`,
      (await Promise.all(ours)).map((s) => s.value),
      value as number[],
      1e-6,
    );
  });
});

/** The positions of ones in packed bits, the highest bit of a byte first. */
const unpack = (bytes: Float32Array): number[] =>
  [...bytes].flatMap((byte, i) =>
    [0, 1, 2, 3, 4, 5, 6, 7].filter((b) => (byte >> (7 - b)) & 1).map((b) => i * 8 + b),
  );
