import { integer, number } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import { problemDataset } from '../problem/dataset.js';
import { type Drawn, splitOf } from '../problem/problem.js';

const deviation = (feature: string, value: number) =>
  number({ doc: `Standard deviation of the noise of ${feature}.`, min: 0.001, max: 1000, default: value });

/**
 * Two numbers as an image: x1, which the class moves, is the grey of the left half; x2, which only shares
 * the noise of x1, that of the right half.
 */
export const linearSuppressor = problemDataset({
  name: 'linear-suppressor',
  version: 1,
  title: 'Linear suppressor: two features, one of which only cancels noise',
  citation:
    'R. Wilming, L. Kieslich, B. Clark, S. Haufe: Theoretical behavior of XAI methods in the presence of suppressor variables, 2023',
  options: {
    images: integer({ doc: 'Number of images, half of each class.', min: 2, max: 1e6, default: 2000 }),
    size: integer({ doc: 'Side of the images in pixels.', min: 8, max: 512, default: 8 }),
    alpha: number({
      doc: 'Weight of the signal; the noise has the rest.',
      min: 0.001,
      max: 0.999,
      default: 0.5,
    }),
    s1: deviation('the cause', 0.8),
    s2: deviation('the suppressor', 0.5),
    c: number({ doc: 'Correlation of the noise.', min: -0.999, max: 0.999, default: 0.8 }),
    seed: integer({ doc: 'Seed; each gives other images.', min: 0, default: 0 }),
  },
  defaults: {
    image: { channels: 1, bits: '16' },
    imageOf: ({ size = 8 }) => ({ size }),
    training: { architecture: 'logistic', epochs: 60, batch: 64, rate: 0.01, hide: 0, decay: 0 },
  },
  generate({ images, size, alpha, s1, s2, c, seed }) {
    const isLeft = (i: number) => i % size < size / 2;
    const cause = Uint8Array.from({ length: size * size }, (_, i) => (isLeft(i) ? 1 : 0));
    const suppressor = cause.map((one) => 1 - one);
    const draw = (index: number): Drawn => {
      const label = index % 2;
      const random = seededRandom(`linear-suppressor/${seed}/${index}`);
      const [first, own] = [random.normal(), random.normal()];
      const x1 = alpha * (2 * label - 1) + (1 - alpha) * s1 * first;
      const x2 = (1 - alpha) * s2 * (c * first + Math.sqrt(1 - c * c) * own);
      const image = Float32Array.from(cause, (one) => (one === 1 ? x1 : x2));
      return { label, image, masks: { cause, suppressor }, split: splitOf(Math.floor(index / 2), 10) };
    };
    return { height: size, width: size, classes: ['z = -1', 'z = 1'], images, draw };
  },
});
