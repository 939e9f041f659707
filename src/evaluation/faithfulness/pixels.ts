import {
  baselineFor,
  type Baseline as InputBaseline,
  baselineOption as inputBaselineOption,
} from '../../attribution/input/baseline.js';
import { inputError } from '../../base/errors.js';
import { choice, either, number, type Option, optional } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import { extent } from '../../tensor/quantile.js';
import type { Scored } from '../metric/metric.js';

/** An input `[1, ...]` as pixels with channels: a perturbation replaces a whole pixel. */
export interface Pixels {
  readonly values: Float32Array;
  readonly shape: readonly number[];
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Index of channel `c` of pixel `p`. */
  at(p: number, c: number): number;
}

/** The input's pixels. Throws where the map has another size. */
export function pixelsOf({ input, map }: Scored): Pixels {
  if (input === undefined) throw new Error('a metric read an input that it did not declare as needed');
  const { shape, data } = input;
  if (shape.length !== 4 || shape[0] !== 1) {
    throw inputError(
      `a metric that changes pixels scores maps of images [1, C, H, W], not of tables, signals or volumes; this input has the shape [${shape}]`,
    );
  }
  const [, channels, height, width] = shape as [number, number, number, number];
  if (String(map.shape) !== String([height, width])) {
    throw inputError(
      `the map has the shape [${map.shape}] and the input ${height}x${width} pixels; they must be the same`,
    );
  }
  const area = height * width;
  return { values: data, shape, height, width, channels, at: (p, c) => c * area + p };
}

/** Copies pixels with all their channels from one image to another. */
export function copyPixels(
  { channels, height, width }: Pixels,
  which: ArrayLike<number>,
  from: Float32Array,
  to: Float32Array,
): void {
  const area = height * width;
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < which.length; i++) {
      const at = c * area + which[i]!;
      to[at] = from[at]!;
    }
  }
}

const ends = ['min', 'max', 'other'] as const;

export type Baseline = InputBaseline | (typeof ends)[number];

export const baselineOption = (usual: Baseline): Option<Baseline> => ({
  ...either(
    inputBaselineOption(
      "value of a removed pixel; min and max are the image's minimum and maximum, other is that of another patient's image of the same class",
    ),
    choice(ends, { doc: '', default: 'min' }),
  ),
  default: usual,
});

export const sigmaOption = optional(
  number({
    doc: 'standard deviation in pixels of the blur (a twentieth of the longer side)',
    default: 0,
    min: 0,
  }),
);

/** The input with every pixel replaced by the baseline. */
export function missingOf(
  { input, blurs, model, others, target, seed }: Scored,
  baseline: Baseline,
  sigma?: number,
): Float32Array {
  if (input === undefined) throw new Error('a metric read an input that it did not declare as needed');
  if (baseline === 'other') {
    const same = others?.filter((one) => one.target === target) ?? [];
    if (same.length === 0)
      throw inputError("the baseline 'other' needs another image of the same class, and there is none");
    return same[seededRandom(seed).fork('other').below(same.length)]!.input.data;
  }
  if (baseline === 'min' || baseline === 'max') {
    const { low, high } = extent(input.data);
    return new Float32Array(input.data.length).fill(baseline === 'min' ? low : high);
  }
  const shape = input.shape.slice(1);
  const seen = model ?? { input: { name: '', shape, layout: 'NCHW', normalisation: { mean: [], std: [] } } };
  const width = sigma ?? Math.max(...shape.slice(1)) / 20;
  const known = baseline === 'blur' ? blurs?.get(width) : undefined;
  const missing = known ?? baselineFor(baseline, input, seen, { sigma: width, seed }).data;
  if (baseline === 'blur') blurs?.set(width, missing);
  return missing;
}
