import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GivenOptions } from '../base/options.js';
import { readNpy } from '../tensor/npy.js';
import type { Tensor, TypedArray } from '../tensor/tensor.js';
import { sharedIsThere, sharedPath } from '../testing/shared.js';
import { scoreArrays } from './arrays.js';

interface Reference {
  readonly metric: string;
  readonly library: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly value: readonly (number | null)[];
}

interface Match {
  readonly ours: string;
  readonly options?: GivenOptions;
  /** Samples whose reference is wrong, and why ours differs. */
  readonly differs?: Readonly<Record<number, string>>;
  readonly tolerance?: number;
}

const signOf = ({ abs }: Reference['params']) => ({ sign: abs === true ? 'absolute' : 'signed' });

/** Which of ours answers a reference on the stored heatmaps; nothing for those that are answered elsewhere. */
function matchOf({ metric, params }: Reference): Match | undefined {
  const sign = signOf(params);
  const cancels = { 7: 'signed values cancel: the peer gives nothing above 1' };
  const unstable = { 3: '3168 tied pixels: the peer takes them in the order of an unstable sort' };
  switch (metric) {
    case 'PointingGame':
      return { ours: 'pointing-game', options: { ...sign, ties: 'any' } };
    case 'AttributionLocalisation':
      if (params.positive_attributions === true) return { ours: 'energy-pointing-game' };
      return { ours: 'energy-pointing-game', options: sign, differs: params.abs === true ? {} : cancels };
    case 'RelevanceMassAccuracy':
      return { ours: 'energy-pointing-game', options: sign };
    case 'RelevanceRankAccuracy':
      return { ours: 'relevance-rank', options: sign, differs: unstable };
    case 'TopKIntersection': {
      const options = { ...sign, k: params.k, 'concept-influence': params.concept_influence === true };
      return { ours: 'top-k-intersection', options, differs: unstable };
    }
    case 'AUC':
    case 'roc_auc':
      return { ours: 'auroc', options: sign };
    case 'roc_auc_abs':
      return { ours: 'auroc', options: { sign: 'absolute' } };
    case 'average_precision':
      return { ours: 'average-precision', options: sign };
    case 'average_precision_abs':
      return { ours: 'average-precision', options: { sign: 'absolute' } };
    case 'otsu_iou_float':
      return { ours: 'iou-otsu', options: { sign: 'signed' } };
    case 'otsu_dice_float':
      return { ours: 'iou-otsu', options: { sign: 'signed', measure: 'dice' } };
    case 'otsu_iou_uint8':
      return { ours: 'iou-otsu', options: { sign: 'signed', variant: 'chexlocalize' } };
    case 'best_iou_over_thresholds':
      return { ours: 'iou-best', options: { thresholds: 'percentiles' } };
    case 'Sparseness':
      return { ours: 'sparseness', tolerance: singlePrecision };
    case 'Complexity':
      return { ours: 'complexity' };
    case 'EffectiveComplexity': {
      const options = { epsilon: params.eps, relative: params.normalise === true };
      return { ours: 'effective-complexity', options };
    }
    default:
      return undefined;
  }
}

/** What the peer's sums over 4096 values in single precision leave over. */
const singlePrecision = 1e-5;

describe.skipIf(!sharedIsThere)('metrics on the stored heatmaps', () => {
  const rows: string[] = [];
  const references: readonly Reference[] = sharedIsThere
    ? JSON.parse(readFileSync(sharedPath('golden', 'manifest.json'), 'utf8')).metrics
    : [];
  let map: Tensor<TypedArray>;
  let mask: Tensor<TypedArray>;
  beforeAll(async () => {
    map = await readNpy(sharedPath('golden', 'metrics', 'heatmaps.npy'));
    mask = await readNpy(sharedPath('golden', 'metrics', 'masks.npy'));
  });
  afterAll(() => console.log(rows.join('\n')));

  const matched = references.flatMap((reference) => {
    const match = matchOf(reference);
    return match ? [[`${reference.metric} of ${reference.library}`, reference, match] as const] : [];
  });

  it('has a match for at least the thirty that need no model', () => {
    expect(matched.length).toBeGreaterThanOrEqual(30);
  });

  it.each(matched)('%s', async (name, { value }, { ours, options = {}, differs = {}, tolerance = 1e-6 }) => {
    const { values } = await scoreArrays(ours, { map, mask }, options);
    const gaps = values.map((v, i) =>
      i in differs ? 0 : Math.abs(v - value[i]!) / Math.max(1, Math.abs(v)),
    );
    const gap = Math.max(...gaps);
    const notes = Object.entries(differs).map(
      ([i, why]) => `; not sample ${i} (${values[Number(i)]} for ${value[Number(i)]}): ${why}`,
    );
    rows.push(`${ours} ${JSON.stringify(options)} | ${name} | ${gap.toExponential(1)}${notes.join('')}`);
    expect(gap).toBeLessThan(tolerance);
  });
});
