import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import { readNpy } from '../../tensor/npy.js';
import { readNpz } from '../../tensor/npz.js';
import { tensor, toFloat32 } from '../../tensor/tensor.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import { scoreArrays } from '../arrays.js';
import type { Scored } from '../metric/metric.js';
import { scoreMap } from '../score.js';
import { workOf } from './emd-score.js';

const json = (...path: string[]) =>
  sharedIsThere ? JSON.parse(readFileSync(sharedPath('golden', ...path), 'utf8')) : {};

describe.skipIf(!sharedIsThere)('metrics against known pixels', () => {
  const { results = [] } = json('truth', 'metrics.json');
  it.each<{ name: string }>(results)('of $name are the reference values', async ({ name }) => {
    const arrays = await readNpz(sharedPath('golden', 'truth', 'metrics_arrays.npz'));
    const theirs = results.find((one: { name: string }) => one.name === name);
    const mask = arrays[`mask_${name}`]!;
    const scored: Scored = {
      map: toFloat32(arrays[`map_${name}`]!),
      mask: tensor(Uint8Array.from(mask.data as Uint8Array), mask.shape),
      seed: 0,
      run: quietly,
    };
    const score = async (metric: string, options = {}) => (await scoreMap(metric, scored, options)).value;
    if (scored.map.data.every((value) => value === 0)) {
      for (const metric of ['precision', 'emd-score', 'relevance-inside-weight'])
        expect(await score(metric)).toBeNaN();
      return;
    }
    const { emd, emd_false_negative_invariant: free } = theirs;
    expect(await score('precision')).toBeCloseTo(theirs.precision.expected_over_ties, 9);
    expect(await score('emd-score')).toBeCloseTo(emd.score_diagonal, 6);
    expect(await score('emd-score', { longest: 'xai-tris' })).toBeCloseTo(emd.score_sqrt_2N ?? Number.NaN, 6);
    expect(await score('emd-score', { longest: 'exact' })).toBeCloseTo(emd.score_sqrt98, 6);
    expect(await score('emd-score', { longest: 'worst-pixel' })).toBeCloseTo(emd.score_worst_case, 6);
    expect(await score('emd-score', { longest: 'worst-pixel', freeInside: true })).toBeCloseTo(free.score, 6);
    const absolute = { sign: 'absolute' };
    expect(await score('energy-pointing-game', absolute)).toBeCloseTo(theirs.importance_mass_accuracy, 6);
    expect(await score('relevance-inside-weight')).toBeCloseTo(theirs.relevance_inside_weight, 5);
    expect(await score('auroc', absolute)).toBeCloseTo(theirs.auroc, 9);
    expect(await score('average-precision', absolute)).toBeCloseTo(theirs.average_precision, 9);
  });

  it('of the stored transport problems are the costs of POT', () => {
    const { emd } = json('statistics.json');
    for (const { shape, attribution, mask, emd: cost } of emd) {
      const map = tensor(Float32Array.from(attribution, Math.abs), shape);
      expect(workOf(map, tensor(Uint8Array.from(mask), shape), false) / cost).toBeCloseTo(1, 6);
    }
  });

  it('of XAI-TRIS maps are the scores of its own code', async () => {
    const [map, mask] = await Promise.all(
      ['attr', 'masks'].map((name) => readNpy(sharedPath('golden', 'metrics', `xaitris_${name}.npy`))),
    );
    const stored = json('manifest.json').metrics.find(
      ({ metric }: { metric: string }) => metric === 'xaitris_emd_score',
    );
    const { values } = await scoreArrays('emd-score', { map: map!, mask: mask! }, { longest: 'xai-tris' });
    expect(values).toEqual(stored.value.map((value: number) => expect.closeTo(value, 5)));
  });
});

describe('the earth mover', () => {
  it('costs nothing where a map is its mask, and the distance of two pixels', async () => {
    const at = (p: number) => Float32Array.from({ length: 20 }, (_, i) => (i === p ? 3 : 0));
    const mask = tensor(Uint8Array.from(at(18), Math.sign), [4, 5]);
    expect(workOf(tensor(at(18), [4, 5]), mask, false)).toBe(0);
    expect(workOf(tensor(at(0), [4, 5]), mask, false)).toBeCloseTo(Math.hypot(3, 3), 12);
  });
});
