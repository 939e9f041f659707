import { choice, flag, integer, number } from '../../base/options.js';
import { type Random, seededRandom } from '../../base/random.js';
import { problemDataset } from '../problem/dataset.js';
import { type Drawn, splitOf } from '../problem/problem.js';
import { composed, distractor, type Factors, randomCovariance, rootOf, SIDE, signal } from './image.js';

const PIXELS = SIDE * SIDE;

/** The noise of an image, by kind. */
const noises = {
  correlated: (root: Float64Array, random: Random) => {
    const white = Float64Array.from({ length: PIXELS }, () => random.normal());
    return white.map((_, i) => {
      let sum = 0;
      for (let k = 0; k <= i; k++) sum += root[i * PIXELS + k]! * white[k]!;
      return sum;
    });
  },
  white: (_: Float64Array, random: Random) => Float64Array.from({ length: PIXELS }, () => random.normal()),
  constant: (_: Float64Array, random: Random) => new Float64Array(PIXELS).fill(random.normal()),
};

/** Blobs that the class adds and blobs that cover half of them: the suppressor problem as an image. */
export const suppressorImage = problemDataset({
  name: 'suppressor-image',
  version: 1,
  title: 'Suppressor image: the class adds blobs that a distractor overlaps',
  citation:
    'R. Wilming, C. Budding, K.-R. Müller, S. Haufe: Scrutinizing XAI using linear ground-truth data with suppressor variables, 2022',
  options: {
    images: integer({ doc: 'Number of images, half of each class.', min: 2, max: 1e6, default: 2000 }),
    signal: number({
      doc: 'Weight of the signal; distractor and noise share the rest. Published: 0 to 0.08.',
      min: 0,
      max: 0.999,
      default: 0.06,
    }),
    noise: choice(['correlated', 'white', 'constant'], {
      doc: 'The noise: of a random covariance matrix, independent, or one number for an image. Without a distractor, independent noise leaves no suppressor.',
      default: 'white',
    }),
    distractor: flag({
      doc: 'Whether there is a distractor; the published configuration has none.',
      default: true,
    }),
    seed: integer({ doc: 'Seed; each gives other images.', min: 0, default: 0 }),
  },
  defaults: {
    image: { size: SIDE, channels: 1, bits: '16' },
    training: { architecture: 'logistic', epochs: 60, batch: 64, rate: 0.01, hide: 0, decay: 0 },
  },
  generate({ images, signal: weight, noise, distractor: hasDistractor, seed }) {
    const random = seededRandom(`suppressor-image/${seed}`);
    const root =
      noise === 'correlated' ? rootOf(randomCovariance(random.fork('covariance'))) : new Float64Array();
    const partsOf = (index: number) => {
      const own = random.fork(index);
      return {
        z: 2 * (index % 2) - 1,
        s: own.fork('distractor').normal(),
        e: noises[noise](root, own.fork('noise')),
      };
    };
    const factors = factorsOf(weight, hasDistractor, images, partsOf);
    const cause = supportOf(signal);
    // Noise that pixels share makes every pixel tell about that of the cause.
    const shares = noise !== 'white' ? cause.map(() => 1) : hasDistractor ? supportOf(distractor) : cause;
    const suppressor = shares.map((one, i) => (cause[i] === 1 ? 0 : one));
    const draw = (index: number): Drawn => {
      const { z, s, e } = partsOf(index);
      return {
        label: index % 2,
        image: Float32Array.from(composed(factors, z, s, e)),
        masks: { cause, suppressor },
        split: splitOf(Math.floor(index / 2), 10),
      };
    };
    return { height: SIDE, width: SIDE, classes: ['z = -1', 'z = 1'], images, draw };
  },
});

const supportOf = (pattern: Float64Array) => Uint8Array.from(pattern, (value) => (value === 0 ? 0 : 1));

/** Each part's weight over its Frobenius norm in the whole set. */
function factorsOf(
  weight: number,
  hasDistractor: boolean,
  images: number,
  partsOf: (index: number) => { readonly s: number; readonly e: Float64Array },
): Factors {
  const squares = (values: Float64Array) => values.reduce((sum, value) => sum + value * value, 0);
  let [ss, ee] = [0, 0];
  for (let index = 0; index < images; index++) {
    const { s, e } = partsOf(index);
    ss += s * s;
    ee += squares(e);
  }
  const others = (1 - weight) / (hasDistractor ? 2 : 1);
  return {
    signal: weight / Math.sqrt(images * squares(signal)),
    distractor: hasDistractor ? others / Math.sqrt(ss * squares(distractor)) : 0,
    noise: others / Math.sqrt(ee),
  };
}
