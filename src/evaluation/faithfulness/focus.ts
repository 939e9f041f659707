import { cite } from '../../base/paper.js';
import { permutation, seededRandom } from '../../base/random.js';
import { resizeBilinear } from '../../tensor/resize.js';
import { type Tensor, zeros } from '../../tensor/tensor.js';
import { metric, type Scored, undefinedScore } from '../metric/metric.js';
import { readSign } from '../metric/reading.js';
import { signOption, withoutMask } from '../metric/shared.js';

export const focus = metric({
  name: 'focus',
  category: 'faithfulness',
  doc: 'The share of the relevance that falls on images of the explained class in a mosaic of two images of it and two of other classes, each at half its size: the map is made anew for the mosaic.',
  paper: cite`Arias-Duart, Parés, Garcia-Gasulla, Giménez-Ábalos (2022). Focus! Rating XAI methods and finding biases. arXiv:2109.15035`,
  options: { sign: signOption('positive') },
  direction: 'higher',
  range: [0, 1],
  reads: 'positive',
  undefinedFor: withoutMask,
  ties: 'there are none: values are summed',
  needs: ['model', 'explain', 'others'],
  invariantTo: ['scale', 'shift', 'monotone'],
  async score(scored, { sign }) {
    const mosaic = mosaicOf(scored);
    if (typeof mosaic === 'string') return undefinedScore(mosaic);
    const map = readSign(await scored.explain!(mosaic.input, scored.target!), sign);
    const value = shareOfQuadrants(map, mosaic.quadrants);
    return Number.isNaN(value) ? undefinedScore('the map of the mosaic sums to 0') : { value };
  },
});

interface Mosaic {
  readonly input: Tensor;
  /** Whether the top left, top right, bottom left and bottom right show the explained class. */
  readonly quadrants: readonly boolean[];
}

/** A mosaic of the sample, another image of its class and two of others, in a random order; or why not. */
function mosaicOf({ input, target, others, seed }: Scored): Mosaic | string {
  const random = seededRandom(seed).fork('mosaic');
  const drawn = [...permutation(random, others!.length)].map((i) => others![i]!);
  const same = drawn.find((one) => one.target === target);
  const different = drawn.filter((one) => one.target !== target).slice(0, 2);
  if (!same) return 'there is no other image of the explained class';
  if (different.length < 2) return 'there are fewer than two images of other classes';
  const parts = [
    { input: input!, own: true },
    { input: same.input, own: true },
  ].concat(different.map((one) => ({ input: one.input, own: false })));
  const placed = [...permutation(random, 4)].map((i) => parts[i]!);
  return {
    input: joined(placed.map((part) => part.input)),
    quadrants: placed.map(({ own }) => own),
  };
}

/** Four inputs `[1, C, H, W]` at half their size, in the quadrants of one. */
function joined(inputs: readonly Tensor[]): Tensor {
  const [, channels, height, width] = inputs[0]!.shape as [number, number, number, number];
  const out = zeros(inputs[0]!.shape);
  const [top, left] = [Math.floor(height / 2), Math.floor(width / 2)];
  for (const [i, input] of inputs.entries()) {
    const [y0, x0] = [i < 2 ? 0 : top, i % 2 === 0 ? 0 : left];
    const [high, wide] = [i < 2 ? top : height - top, i % 2 === 0 ? left : width - left];
    const { data } = resizeBilinear({ data: input.data, shape: input.shape.slice(1) }, high, wide);
    for (let c = 0; c < channels; c++)
      for (let y = 0; y < high; y++) {
        const row = data.subarray((c * high + y) * wide, (c * high + y + 1) * wide);
        out.data.set(row, (c * height + y0 + y) * width + x0);
      }
  }
  return out;
}

/** The share of a map's sum `[H, W]` that falls on marked quadrants; NaN where it sums to 0. */
export function shareOfQuadrants({ data, shape }: Tensor, quadrants: readonly boolean[]): number {
  const [height, width] = shape as readonly [number, number];
  const [top, left] = [Math.floor(height / 2), Math.floor(width / 2)];
  let [own, all] = [0, 0];
  for (let p = 0; p < data.length; p++) {
    const quadrant = (Math.floor(p / width) < top ? 0 : 2) + (p % width < left ? 0 : 1);
    all += data[p]!;
    if (quadrants[quadrant]) own += data[p]!;
  }
  return own / all;
}
