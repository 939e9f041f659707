import { usageError } from '../../base/errors.js';
import { choice, either, number, type Option, type Search } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import type { Builder } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import { range } from '../../graph/shapes.js';
import { type Classifier, imageShape, ownShape, placesOf } from '../../model/classifier.js';
import { gaussianBlur } from '../../tensor/blur.js';
import { imputer } from '../../tensor/impute.js';
import { array } from '../../tensor/option.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';

const words = ['zero', 'mean', 'blur', 'uniform'] as const;

/** The reference input that represents missing information: a value, a word or an array. */
export type Baseline = number | (typeof words)[number] | Tensor;

/** A baseline that may depend on what is hidden. */
export type LocalBaseline = Baseline | 'inpaint';

/** The baselines that a search draws from. */
export const baselines: Search = { among: ['zero', 'mean', 'blur'] };
export const localBaselines: Search = { among: [...baselines.among, 'inpaint'] };

/** Declares an option that takes a baseline, or the hidden part filled in from around it. */
export const localBaselineOption = (doc: string): Option<LocalBaseline> => {
  const usual = baselineOption(doc);
  return either(
    {
      ...usual,
      doc: `${usual.doc}, inpaint is each hidden part filled in smoothly from the pixels around it`,
    },
    choice(['inpaint'], { doc: '', default: 'inpaint' }),
  );
};

/** Declares an option that takes a baseline; zero by default. */
export function baselineOption(doc: string): Option<Baseline> {
  const kinds = `${doc}: zero is 0 in the normalised input (the mean of the training images where that normalises it), mean is each image's own by channel, blur is the image blurred, uniform is noise between the image's least and greatest value`;
  const named = either(choice(words, { doc: kinds, default: 'zero' }), number({ doc, default: 0 }));
  const shapes = 'an array (.npy) in the shape of one sample, of [1, ...sample] or of the whole input';
  return either(named, array({ doc, accepts: shapes }));
}

export interface BaselineChoice {
  /** Standard deviation of the Gaussian blur, in pixels. */
  readonly sigma?: number;
  /** Seed of the noise. All samples use the same draw, so that results do not depend on the batch. */
  readonly seed?: number;
}

/** The standard deviation of a blur, in pixels, where none is given. */
export const USUAL_BLUR = 10;

/**
 * The baseline of each row of `input` `[N, ...]`, in the input's shape and units. Throws a usage error for
 * an array of another shape, or for `blur` when the input is no image.
 */
export function baselineFor(
  baseline: Baseline,
  input: Tensor,
  model: Pick<Classifier, 'input'>,
  { sigma = USUAL_BLUR, seed = 0 }: BaselineChoice = {},
): Tensor {
  const { shape } = input;
  if (typeof baseline === 'number') return { data: new Float32Array(sizeOf(shape)).fill(baseline), shape };
  if (typeof baseline !== 'string') return spread(baseline, shape, ownShape(model.input));
  switch (baseline) {
    case 'zero':
      return { data: new Float32Array(sizeOf(shape)), shape };
    case 'mean':
      return channelMeans(input, sizeOf(placesOf(model)));
    case 'blur':
      return blurred(input, model, sigma);
    case 'uniform':
      return noise(input, seed);
  }
}

/**
 * Adds the nodes of a baseline of the image `[N, ...]`: `[1, ...]`, or `[N, ...]` where it is made of the
 * image. Throws a usage error for one that differs from image to image otherwise.
 */
export function baselineNodes(
  builder: Builder,
  baseline: Baseline,
  image: string,
  model: Pick<Classifier, 'input'>,
): string {
  const { shape, layout, space } = model.input;
  if (baseline === 'mean') {
    const whole = range(shape.length + 1);
    const positions =
      layout !== 'other' || space === 2 || space === 3
        ? whole.slice(-placesOf(model).length)
        : whole.slice(1);
    return builder.expandLike(builder.reduce('ReduceMean', image, positions), image);
  }
  if (baseline === 'blur' || baseline === 'uniform')
    throw usageError(
      `baseline '${baseline}' is not the same for all images, so that no graph holds it; use zero, mean, a number or an array of one sample`,
    );
  const blank = { data: new Float32Array(sizeOf(shape)), shape: [1, ...shape] };
  return builder.constant(float32(baselineFor(baseline, blank, model).data, blank.shape));
}

/** A given baseline for each row; `own` is the shape of a sample to the user. */
function spread({ data, shape }: Tensor, wanted: readonly number[], own: readonly number[]): Tensor {
  const same = (a: readonly number[], b: readonly number[]) =>
    a.length === b.length && a.every((n, i) => n === b[i]);
  const sample = wanted.slice(1);
  if (same(shape, wanted)) return { data, shape: wanted };
  if (!same(shape, sample) && !same(shape, [1, ...sample])) {
    const taken = new Set([own, [1, ...own], [wanted[0], ...own]].map((one) => `[${one}]`));
    throw usageError(`a baseline array has the shape ${[...taken].join(' or ')}; this one has [${shape}]`);
  }
  const out = new Float32Array(sizeOf(wanted));
  for (let row = 0; row < wanted[0]!; row++) out.set(data, row * data.length);
  return { data: out, shape: wanted };
}

function channelMeans({ data, shape }: Tensor, plane: number): Tensor {
  const out = new Float32Array(data.length);
  for (let from = 0; from < data.length; from += plane) {
    const total = data.subarray(from, from + plane).reduce((sum, value) => sum + value, 0);
    out.fill(total / plane, from, from + plane);
  }
  return { data: out, shape };
}

function blurred(input: Tensor, model: Pick<Classifier, 'input'>, sigma: number): Tensor {
  const { layout } = model.input;
  const { length: axes } = placesOf(model);
  if (layout === 'other' && axes !== 3)
    throw usageError(`baseline 'blur' needs images or volumes; the model takes [N,${ownShape(model.input)}]`);
  return gaussianBlur(input, sigma, axes);
}

function noise({ data, shape }: Tensor, seed: number): Tensor {
  const size = sizeOf(shape.slice(1));
  const random = seededRandom(seed).fork('baseline');
  const draw = Float64Array.from({ length: size }, () => random.uniform());
  const out = new Float32Array(data.length);
  for (let row = 0; row < shape[0]!; row++) {
    let [least, greatest] = [Infinity, -Infinity];
    for (let i = row * size; i < (row + 1) * size; i++) {
      least = Math.min(least, data[i]!);
      greatest = Math.max(greatest, data[i]!);
    }
    for (let i = 0; i < size; i++) out[row * size + i] = least + draw[i]! * (greatest - least);
  }
  return { data: out, shape };
}

/**
 * The samples `[N, ...]` with each part filled in from what lies around it, all else in place:
 * `partsOf(sample)` labels the positions `[H, W]`; negative labels are not hidden. Throws where the input is
 * no image.
 */
export function inpainted(
  input: Tensor,
  model: Pick<Classifier, 'input'>,
  partsOf: (sample: number) => ArrayLike<number>,
): Tensor {
  const { layout } = model.input;
  if (layout === 'other')
    throw usageError(`baseline 'inpaint' needs images; the model takes [N,${ownShape(model.input)}]`);
  const { channels, height, width } = imageShape(model);
  const area = height * width;
  const data = Float32Array.from(input.data);
  const impute = imputer(height, width);
  const filled = new Float32Array(channels * area);
  for (let sample = 0; sample < input.shape[0]!; sample++) {
    const from = sample * channels * area;
    const image = input.data.subarray(from, from + channels * area);
    const parts = partsOf(sample);
    const fill = impute(image);
    for (const part of new Set(Array.from({ length: area }, (_, i) => parts[i]!))) {
      if (part < 0) continue;
      const hidden = Uint8Array.from({ length: area }, (_, i) => (parts[i] === part ? 1 : 0));
      fill(hidden, filled);
      for (let i = 0; i < filled.length; i++) if (hidden[i % area] === 1) data[from + i] = filled[i]!;
    }
  }
  return { data, shape: input.shape };
}
