import { inputError } from '../../base/errors.js';
import { choice, either, number, optional } from '../../base/options.js';
import { gaussianBlur } from '../../tensor/blur.js';
import { extent } from '../../tensor/extent.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Scored } from '../metric.js';

/** An input `[1, ...]` seen as pixels with channels: what a perturbation replaces as one. */
export interface Pixels {
  readonly values: Float32Array;
  readonly shape: readonly number[];
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Where channel `c` of pixel `p` is. */
  at(p: number, c: number): number;
}

/** The pixels of the input of a metric that needs a model; throws where the map has another size. */
export function pixelsOf({ input, map, model }: Scored): Pixels {
  if (input === undefined) throw new Error('a metric read an input that it did not declare as needed');
  const { shape, data } = input;
  if (shape.length !== 4 || shape[0] !== 1) {
    throw inputError(`pixels are replaced in one image [1, C, H, W]; this input has the shape [${shape}]`);
  }
  const last = model?.input.layout === 'NHWC';
  const [height, width, channels] = (last ? shape.slice(1) : [shape[2], shape[3], shape[1]]) as [
    number,
    number,
    number,
  ];
  if (String(map.shape) !== String([height, width])) {
    throw inputError(
      `the map has the shape [${map.shape}] and the input ${height}x${width} pixels; they must be the same`,
    );
  }
  const area = height * width;
  const at = last ? (p: number, c: number) => p * channels + c : (p: number, c: number) => c * area + p;
  return { values: data, shape, height, width, channels, at };
}

const words = ['zero', 'mean', 'blur', 'min', 'max'] as const;

export type Baseline = number | (typeof words)[number];

export const baselineOption = (usual: (typeof words)[number]) =>
  either(
    choice(words, {
      doc: "what stands for a missing pixel: 0, the image's mean by channel, its blurred self, its least or greatest value, or a number",
      default: usual,
    }),
    number({ doc: '', default: 0 }),
  );

export const sigmaOption = optional(
  number({
    doc: 'standard deviation in pixels of the blur (a twentieth of the longer side)',
    default: 0,
    min: 0,
  }),
);

/** The input with every pixel missing. */
export function baselineOf(pixels: Pixels, baseline: Baseline, sigma?: number): Float32Array {
  const { values, height, width, channels, at } = pixels;
  const out = new Float32Array(values.length);
  if (baseline === 'zero') return out;
  if (typeof baseline === 'number') return out.fill(baseline);
  if (baseline === 'min') return out.fill(extent(values).low);
  if (baseline === 'max') return out.fill(extent(values).high);
  const plane: Tensor = { data: new Float32Array(height * width), shape: [height, width] };
  for (let c = 0; c < channels; c++) {
    for (let p = 0; p < plane.data.length; p++) plane.data[p] = values[at(p, c)]!;
    const missing =
      baseline === 'blur'
        ? gaussianBlur(plane, sigma ?? Math.max(height, width) / 20).data
        : plane.data.fill(plane.data.reduce((sum, value) => sum + value, 0) / plane.data.length);
    for (let p = 0; p < plane.data.length; p++) out[at(p, c)] = missing[p]!;
  }
  return out;
}
