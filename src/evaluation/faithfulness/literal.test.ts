import { describe, expect, it } from 'vitest';
import { normalsOf } from '../../base/normals.js';
import { permutation, seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import type { Link } from '../../model/head.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import { unaskedModel } from '../../testing/unasked-model.js';
import type { Scored } from '../metric/metric.js';
import { scoreMap } from '../score.js';

/** Every definition read literally, one image and one pixel at a time; what is drawn is the library's. */
const [channels, height, width] = [2, 5, 6];
const area = height * width;
const seed = 4;
const random = seededRandom('literal');
const draw = (length: number) => Float32Array.from({ length }, () => random.normal());
const [image, weights, map] = [draw(channels * area), draw(channels * area), draw(area)] as const;
const squares = draw(channels * area);

/** Three scores that are not linear in the image. */
function logits(x: ArrayLike<number>): readonly [number, number, number] {
  let [a, b] = [0, 0];
  for (let i = 0; i < weights.length; i++) a += weights[i]! * x[i]!;
  for (let i = 0; i < squares.length; i++) b += squares[i]! * x[i]! * x[i]!;
  return [Math.tanh(a / 4) + b / 9, a / 6 - b / 8, 0.2];
}

type Outputs = (x: ArrayLike<number>) => readonly number[];
const predictBy =
  (outputs: Outputs) =>
  async ({ data, shape }: Tensor): Promise<Tensor> => {
    const rows = Array.from({ length: shape[0]! }, (_, n) =>
      outputs(data.subarray(n * image.length, (n + 1) * image.length)),
    );
    return tensor(Float32Array.from(rows.flat()), [shape[0]!, rows[0]!.length]);
  };

const target = 1;
const scored: Scored = {
  ...{ map: tensor(map, [height, width]), input: tensor(image, [1, channels, height, width]) },
  ...{ target, predict: predictBy(logits), seed, run: quietly },
};
const forked = (name: string) => seededRandom(seed).fork(name);

const measures = {
  logit: (x: ArrayLike<number>) => logits(x)[target],
  probability: (x: ArrayLike<number>) => {
    const [a, b, c] = logits(x).map(Math.exp) as [number, number, number];
    return b / (a + b + c);
  },
};
const quantities = Object.keys(measures) as (keyof typeof measures)[];

/** The image with some pixels of all channels replaced by a number. */
const without = (pixels: readonly number[], value: number) =>
  Float32Array.from(image, (v, i) => (pixels.includes(i % area) ? value : v));

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (of: readonly number[]) => of.reduce((sum, v) => sum + v, 0) / of.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i]! - ma) * (b[i]! - mb);
    aa += (a[i]! - ma) ** 2;
    bb += (b[i]! - mb) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

describe('infidelity', () => {
  it.each(quantities.flatMap((quantity) => [true, false].map((scale) => [quantity, scale] as const)))(
    'of the %s, scaled %s, is the error over the changes',
    async (quantity, scale) => {
      const options = { samples: 12, noise: 0.3, scale, quantity };
      const fill = normalsOf(forked('changes'), options.noise);
      const told: number[] = [];
      const drops: number[] = [];
      for (let n = 0; n < options.samples; n++) {
        const change = fill(new Float32Array(area));
        told.push(map.reduce((sum, value, p) => sum + value * change[p]!, 0));
        const changed = image.map((v, i) => v - change[i % area]!);
        drops.push(measures[quantity](image) - measures[quantity](changed));
      }
      const best =
        told.reduce((sum, t, n) => sum + t * drops[n]!, 0) / told.reduce((sum, t) => sum + t * t, 0);
      const factor = scale ? best : 1;
      const want = told.reduce((sum, t, n) => sum + (factor * t - drops[n]!) ** 2, 0) / told.length;
      const { value } = await scoreMap('infidelity', scored, options);
      expect(Math.abs(value / want - 1)).toBeLessThan(1e-4);
    },
  );
});

it('infidelity says where the changes hardly change the input', async () => {
  const bytes = {
    ...scored,
    input: tensor(
      image.map((v) => 50 * v),
      [1, channels, height, width],
    ),
  };
  expect((await scoreMap('infidelity', bytes, { samples: 3 })).note).toMatch(
    /^the change's standard deviation of 0.1 is less than 0.2 % .*option noise/,
  );
  expect((await scoreMap('infidelity', scored, { samples: 3 })).note).toBeUndefined();
});

describe('correlations over random subsets', () => {
  /** The correlation of the map's sums with the drops, for subsets of one size. */
  const overSubsets = (
    stream: ReturnType<typeof forked>,
    size: number,
    count: number,
    value: number,
    measure: (x: ArrayLike<number>) => number,
    order: Uint32Array<ArrayBuffer>,
  ) => {
    const subsets = Array.from({ length: count }, () => [...permutation(stream, area, order).slice(0, size)]);
    return correlation(
      subsets.map((subset) => subset.reduce((sum, p) => sum + map[p]!, 0)),
      subsets.map((subset) => measure(image) - measure(without(subset, value))),
    );
  };

  it.each([
    ['logit', 0],
    ['probability', 0.25],
  ] as const)('sensitivity-n of the %s is their mean over sizes', async (quantity, baseline) => {
    const [subsets, sizes] = [20, 3];
    const stream = forked('subsets');
    let sum = 0;
    for (let i = 1; i <= sizes; i++) {
      const size = Math.max(1, Math.round((0.8 * area) ** (i / sizes)));
      sum += overSubsets(stream, size, subsets, baseline, measures[quantity], new Uint32Array(area));
    }
    const { value } = await scoreMap('sensitivity-n', scored, { subsets, sizes, quantity, baseline });
    expect(value).toBeCloseTo(sum / sizes, 5);
  });

  it('faithfulness correlation is that of one size', async () => {
    const options = { subsets: 25, size: 0.2, baseline: -0.5, quantity: 'probability' } as const;
    const measure = measures.probability;
    const want = overSubsets(forked('subsets'), 6, 25, -0.5, measure, new Uint32Array(area));
    const { value } = await scoreMap('faithfulness-correlation', scored, options);
    expect(value).toBeCloseTo(want, 5);
  });
});

describe('information curves', () => {
  const shares = [0, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.13, 0.21, 0.34, 0.5, 0.75, 1];
  const [low, high] = [Math.min(...image), Math.max(...image)];
  const levelOf = (value: number) =>
    Math.min(255, Math.max(0, Math.floor((255 * (value - low)) / (high - low) + 0.5)));

  /** Bits of all differences between a value and its left neighbour, 0 at the edge, modulo 256. */
  function bitsOf(x: Float32Array): number {
    const counts = new Map<number, number>();
    for (let i = 0; i < x.length; i++) {
      const left = i % width === 0 ? 0 : levelOf(x[i - 1]!);
      const difference = (levelOf(x[i]!) - left + 256) % 256;
      counts.set(difference, (counts.get(difference) ?? 0) + 1);
    }
    return [...counts.values()].reduce((sum, count) => sum - count * Math.log2(count / x.length), 0);
  }

  const order = [...map.keys()].sort((p, q) => map[q]! - map[p]!);
  const shown = shares.map((share) => {
    const first = order.slice(0, Math.round(share * area));
    return without(
      [...map.keys()].filter((p) => !first.includes(p)),
      0,
    );
  });
  const never = (values: readonly number[]) =>
    values.map((_, i) => Math.max(...values.slice(0, i + 1).map((v) => Math.min(1, Math.max(0, v)))));
  const under = (y: readonly number[]) => {
    const bits = shown.map(bitsOf);
    const x = never(bits.map((one) => (one - bits[0]!) / (bits.at(-1)! - bits[0]!)));
    const climbing = never(y);
    let sum = 0;
    for (let i = 1; i < x.length; i++) sum += ((x[i]! - x[i - 1]!) * (climbing[i]! + climbing[i - 1]!)) / 2;
    return sum;
  };

  it('sic is the area under the probability between those of the ends', async () => {
    const found = shown.map(measures.probability);
    const want = under(found.map((p) => (p - found[0]!) / (found.at(-1)! - found[0]!)));
    const { value } = await scoreMap('sic', scored, { baseline: 'zero' });
    expect(value).toBeCloseTo(want, 5);
  });

  const of = 0;
  const sigmoids = (x: ArrayLike<number>) => logits(x).map((z) => 1 / (1 + Math.exp(-z)));
  const softmax = (x: ArrayLike<number>) => {
    const all = logits(x).map(Math.exp);
    return all.map((each) => each / (all[0]! + all[1]! + all[2]!));
  };
  const greatest = (values: readonly number[]) => values[of] === Math.max(...values);
  const headed = (link: Link, outputs: Outputs): Scored => ({
    ...scored,
    target: of,
    model: unaskedModel([channels, height, width], 'NCHW', link),
    predict: predictBy(outputs),
  });
  it.each<[string, Link, Outputs, (values: readonly number[]) => boolean]>([
    ['the target has the greatest score', 'softmax', logits, greatest],
    ['the target has the greatest probability', 'identity', softmax, greatest],
    ['the target has the greatest log-probability', 'exp', (x) => softmax(x).map(Math.log), greatest],
    ['the label is likelier than not', 'sigmoid', logits, (values) => values[of]! > 0],
    ['the probability of the label exceeds a half', 'identity', sigmoids, (values) => values[of]! > 0.5],
    ['the only output exceeds a half', 'identity', (x) => [sigmoids(x)[of]!], (values) => values[of]! > 0.5],
  ])('aic is the area under whether %s', async (_name, link, outputs, isPredicted) => {
    const want = under(shown.map((x) => (isPredicted(outputs(x)) ? 1 : 0)));
    const { value } = await scoreMap('aic', headed(link, outputs), { baseline: 'zero' });
    expect(want).toBeGreaterThan(0);
    expect(value).toBeCloseTo(want, 5);
  });

  it('a quantity has no class to predict, but a curve', async () => {
    const scored = headed('none', logits);
    const options = { baseline: 'zero', quantity: 'logit' } as const;
    expect((await scoreMap('sic', scored, options)).value).toBeGreaterThan(0);
    await expect(scoreMap('aic', scored, options)).rejects.toThrow('is a quantity');
  });
});
