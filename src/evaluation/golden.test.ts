import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GivenOptions } from '../base/options.js';
import { readNpy } from '../tensor/npy.js';
import { otsuThreshold } from '../tensor/otsu.js';
import { type Tensor, type TypedArray, toFloat32 } from '../tensor/tensor.js';
import { sharedIsThere, sharedPath } from '../testing/shared.js';
import { scoreArrays } from './arrays.js';
import { shareOfQuadrants } from './faithfulness/focus.js';
import { greyLevels } from './localisation/iou-otsu.js';

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

/**
 * Which of ours answers a reference on the stored heatmaps; nothing for those that are answered elsewhere.
 */
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
      const options = { ...sign, k: params.k, conceptInfluence: params.concept_influence === true };
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

/** Where the references that are not on the stored heatmaps are answered, or why they are not copied. */
const elsewhere: Readonly<Record<string, string>> = {
  AvgSensitivity: 'average-sensitivity, for the same noise: robustness/robustness.test.ts',
  MaxSensitivity: 'max-sensitivity, for the same noise: robustness/robustness.test.ts',
  LocalLipschitzEstimate: 'local-lipschitz, for the same noise: robustness/robustness.test.ts',
  sensitivity_max: 'max-sensitivity, for the same noise: robustness/robustness.test.ts',
  MPRT: 'parameter-randomisation, for the same weights: randomisation/golden.test.ts',
  RandomLogit: 'random-logit, similarity=ssim-of-rows: randomisation/golden.test.ts',
  FaithfulnessCorrelation: 'faithfulness-correlation, for the same subsets: faithfulness/golden.test.ts',
  FaithfulnessEstimate: 'faithfulness-estimate: faithfulness/golden.test.ts',
  PixelFlipping: 'deletion: faithfulness/golden.test.ts',
  RegionPerturbation: 'region-perturbation: faithfulness/golden.test.ts',
  Selectivity: 'selectivity: faithfulness/golden.test.ts',
  MonotonicityCorrelation: 'monotonicity-correlation, for the same greys: faithfulness/golden.test.ts',
  SensitivityN_ancona: 'sensitivity-n, for the same subsets: faithfulness/golden.test.ts',
  ROAD: 'road: faithfulness/golden.test.ts',
  ROAD_imputation: 'the imputation itself: tensor/impute.test.ts',
  IROF: 'irof, for the same superpixels: faithfulness/golden.test.ts',
  Infidelity: 'infidelity, scale=false, for the same patches: faithfulness/golden.test.ts',
  infidelity: 'infidelity, for the same changes: faithfulness/golden.test.ts',
  deletion: 'deletion: faithfulness/golden.test.ts',
  insertion: 'insertion: faithfulness/golden.test.ts',
  xaitris_emd_score: 'emd-score, longest=xai-tris: ground-truth/golden.test.ts',
  xaitris_precision: 'relevance-rank, sign=absolute: below',
  otsu_threshold_float: "Otsu's threshold: below",
  otsu_threshold_uint8: "Otsu's threshold of 256 grey levels: below",
  Focus: 'the share of quadrants of focus: below',
  Monotonicity: 'not copied: the peer overwrites the baseline with the baseline, and always gives true',
  Completeness: 'not copied: the peer asks for equality to the last bit; completeness measures the gap',
  SensitivityN: 'not copied: the peer correlates across samples; the paper does within one, as sensitivity-n',
};

/** What the peer's sums over 4096 values in single precision leave over. */
const singlePrecision = 1e-5;

describe.skipIf(!sharedIsThere)('metrics on the stored heatmaps', { timeout: 60_000 }, () => {
  const rows: string[] = ['metric | reference | its first value | ours | greatest difference'];
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
    const firsts = `${value[0]!.toPrecision(7)} | ${values[0]!.toPrecision(7)}`;
    rows.push(
      `${ours} ${JSON.stringify(options)} | ${name} | ${firsts} | ${gap.toExponential(1)}${notes.join('')}`,
    );
    expect(gap).toBeLessThan(tolerance);
  });

  it('answers every reference, here or elsewhere', () => {
    const answered = (reference: Reference) =>
      matchOf(reference) !== undefined || elsewhere[reference.metric] !== undefined;
    expect(references.filter((one) => !answered(one)).map(({ metric }) => metric)).toEqual([]);
    rows.push(...Object.entries(elsewhere).map(([metric, how]) => `${metric} | ${how}`));
  });

  const valuesOf = (metric: string) =>
    references.find((reference) => reference.metric === metric)!.value as number[];
  const largest = (ours: readonly number[], theirs: readonly number[]) =>
    Math.max(...ours.map((v, i) => Math.abs(v - theirs[i]!)));

  it('puts the threshold of Otsu where scikit-image puts it', () => {
    const thresholds = Array.from({ length: 8 }, (_, n) =>
      otsuThreshold(toFloat32(map).data.subarray(n * 4096, (n + 1) * 4096)),
    );
    const gap = largest(thresholds, valuesOf('otsu_threshold_float'));
    rows.push(`Otsu's threshold | otsu_threshold_float of skimage | ${gap.toExponential(1)}`);
    expect(gap).toBeLessThan(1e-6);
  });

  it('puts it where scikit-image puts it among grey levels', () => {
    const levels = Array.from({ length: 8 }, (_, n) => {
      const grey = greyLevels(toFloat32(map).data.subarray(n * 4096, (n + 1) * 4096));
      return Math.round(otsuThreshold(grey));
    });
    const gap = largest(levels, valuesOf('otsu_threshold_uint8'));
    rows.push(`Otsu's threshold of grey levels | otsu_threshold_uint8 of skimage | ${gap}`);
    expect(gap).toBeLessThanOrEqual(1);
  });

  it('gives the quadrants of a mosaic the same share', () => {
    const { params, value } = references.find(({ metric }) => metric === 'Focus')!;
    const quadrants = Object.values(params)[0] as readonly (readonly number[])[];
    const shares = quadrants.map((own, n) => {
      const plane = toFloat32(map).data.subarray(n * 4096, (n + 1) * 4096);
      const positive = { data: plane.map((v) => Math.max(0, v)), shape: [64, 64] };
      return shareOfQuadrants(positive, own.map(Boolean));
    });
    const gap = largest(shares, value as number[]);
    rows.push(`focus, of given mosaics | Focus of quantus | ${gap.toExponential(1)}`);
    expect(gap).toBeLessThan(1e-6);
  });

  it('answers the precision of XAI-TRIS with the relevance rank of magnitudes', async () => {
    const files = ['xaitris_attr.npy', 'xaitris_masks.npy'].map((name) =>
      readNpy(sharedPath('golden', 'metrics', name)),
    );
    const [attributions, truth] = await Promise.all(files);
    const { values } = await scoreArrays(
      'relevance-rank',
      { map: attributions!, mask: truth! },
      { sign: 'absolute' },
    );
    const gap = largest(values, valuesOf('xaitris_precision'));
    rows.push(`relevance-rank {"sign":"absolute"} | xaitris_precision | ${gap.toExponential(1)}`);
    expect(gap).toBeLessThan(1e-12);
  });
});
