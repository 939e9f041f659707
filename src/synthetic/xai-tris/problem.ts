import {
  choice,
  flag,
  integer,
  number,
  type Option,
  type OptionValues,
  optional,
} from '../../base/options.js';
import { type Random, seededRandom } from '../../base/random.js';
import { checkpoint, type RunContext } from '../../base/run.js';
import { roundedToHalf } from '../../tensor/half.js';
import { type Drawn, type Problem, splitOf } from '../problem/problem.js';
import { greatestMagnitude } from '../problem/store.js';
import { backgroundOf, backgrounds } from './backgrounds.js';
import { type Mixing, mixed, type Norms, normOfMixed, sumsOf } from './mix.js';
import { patternOf, placedOf, problems, standingShapes, visible } from './patterns.js';
import { publishedFor } from './published.js';

const sizeOption: Option<number> = {
  doc: 'Side of the images in pixels; 8 and 64 were published.',
  accepts: 'a multiple of 8 from 8 to 512',
  default: 8,
  read(given) {
    const size = Number(given);
    return size % 8 === 0 && size >= 8 && size <= 512 ? size : undefined;
  },
};

export const xaiTrisOptions = {
  problem: choice(problems, {
    doc: 'What tells the classes apart: which shape is added; which scales the background; which is added anywhere, turned; or whether both have the same sign.',
    default: 'linear',
  }),
  background: choice(backgrounds, {
    doc: 'The background: white noise, the same smoothed, or noise with the spectrum of photographs.',
    default: 'white',
  }),
  size: sizeOption,
  images: optional(
    integer({
      doc: 'Number of images, half of each class; 2000 by default.',
      min: 2,
      max: 1e6,
      default: 2000,
    }),
  ),
  alpha: optional(
    number({
      doc: 'Weight of the shapes; by default the published one of the nearest size.',
      min: 0,
      max: 1,
      default: 0,
    }),
  ),
  noise: optional(
    number({
      doc: 'Standard deviation of the sensor noise, as a share of the root mean square of all images; 0.03 by default.',
      min: 0,
      max: 10,
      default: 0.03,
    }),
  ),
  published: flag({
    doc: 'The published settings: their number of images and, in place of the noise, pixels rounded to half precision. With smoothed backgrounds that rounding is the only noise, without which the linear problem is exactly separable.',
    default: false,
  }),
  seed: integer({
    doc: 'Seed; problems of one seed and size have the same backgrounds.',
    min: 0,
    default: 0,
  }),
};

/**
 * A problem of XAI-TRIS (Clark, Wilming, Haufe 2024, doi:10.1007/s10994-024-06574-3): two shapes on a
 * background. The cause is where the shapes stand, both of them unless they move; with correlated
 * backgrounds every other pixel is a suppressor, because its background tells about that of the cause.
 */
export async function xaiTris(
  options: OptionValues<typeof xaiTrisOptions>,
  run: RunContext,
): Promise<Problem> {
  const { problem, background, size, published, seed } = options;
  const usual = publishedFor(problem, background, size);
  const images = options.images ?? (published ? usual.images : 2000);
  const noise = options.noise ?? (published ? 0 : 0.03);
  const rule = problem === 'multiplicative' ? 'multiplicative' : 'additive';
  const mixing: Mixing = { rule, alpha: options.alpha ?? usual.alpha };
  const first = Math.ceil(images / 2);

  const partsOf = (index: number) => {
    const label = index < first ? 0 : 1;
    const k = index - label * first;
    const count = label === 0 ? first : images - first;
    const random = seededRandom(`xai-tris/${seed}/${size}/${index}`);
    const placed = placedOf(problem, label, { k, count, size }, random.fork('shapes'));
    return { label, k, random, pattern: patternOf(problem, placed, size) };
  };
  const behind = (random: Random) => backgroundOf(background, size, random.fork('background'));

  const norms = await measured(images, mixing, run, (index) => {
    const { pattern, random } = partsOf(index);
    return [pattern, behind(random)];
  });
  const deviation = (noise * normOfMixed(mixing, norms)) / Math.sqrt(images * size * size);
  const still = visible(patternOf('linear', standingShapes(size), size));

  function draw(index: number): Drawn {
    const { label, k, random, pattern } = partsOf(index);
    const image = mixed(mixing, pattern, behind(random), norms);
    const sensor = random.fork('sensor');
    if (noise > 0) for (let i = 0; i < image.length; i++) image[i]! += deviation * sensor.normal();
    const cause = problem === 'translations-rotations' ? visible(pattern) : still;
    const others = cause.map((one) => 1 - one);
    return {
      label,
      image: Float32Array.from(image),
      masks: background === 'white' ? { cause } : { cause, suppressor: others },
      split: splitOf(k, usual.period),
    };
  }

  const whole = {
    height: size,
    width: size,
    classes: problem === 'xor' ? ['same', 'opposite'] : ['T', 'L'],
    images,
  };
  const greatest = await greatestMagnitude({ images, draw }, run);
  if (!published) return { ...whole, greatest, draw };
  const rounded = (index: number): Drawn => {
    const drawn = draw(index);
    return { ...drawn, image: drawn.image.map((value) => roundedToHalf(value / greatest)) };
  };
  return { ...whole, greatest: 1, draw: rounded };
}

async function measured(
  images: number,
  mixing: Mixing,
  run: RunContext,
  parts: (index: number) => readonly [Float32Array, Float32Array],
): Promise<Norms> {
  const total = { pattern: 0, background: 0, product: 0 };
  const step = run.progress.start('measuring backgrounds', images);
  for (let index = 0; index < images; index++) {
    if (index % 16 === 0) await checkpoint(run);
    const { pattern, background, product } = sumsOf(mixing, ...parts(index));
    total.pattern += pattern;
    total.background += background;
    total.product += product;
    step.advance();
  }
  step.done();
  return { ...total, pattern: Math.sqrt(total.pattern), background: Math.sqrt(total.background) };
}
