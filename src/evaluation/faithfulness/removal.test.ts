import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { gaussianBlur } from '../../tensor/blur.js';
import { channelsFirst, channelsLast } from '../../tensor/channels.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import { unaskedModel } from '../../testing/unasked-model.js';
import type { Scored } from '../metric/metric.js';
import { scoreMap } from '../score.js';
import { missingOf } from './pixels.js';
import { quantityOf } from './quantity.js';
import { area, comparisonOf } from './removal.js';

const [channels, height, width] = [2, 4, 5];
const pixels = height * width;
const random = seededRandom('removal');
const weights = Array.from({ length: channels * pixels }, () => random.normal());
const image = tensor(
  Float32Array.from({ length: channels * pixels }, () => random.normal()),
  [1, channels, height, width],
);
const map = tensor(
  Float32Array.from({ length: pixels }, () => random.normal()),
  [height, width],
);
const logitsOf = (values: ArrayLike<number>): number[] => {
  const sum = weights.reduce((total, weight, i) => total + weight * values[i]!, 0);
  return [sum, -sum / 2, 0.3];
};
const predict = async ({ data, shape }: Tensor): Promise<Tensor> => {
  const length = channels * pixels;
  const each = Array.from({ length: shape[0]! }, (_, n) =>
    logitsOf(data.subarray(n * length, (n + 1) * length)),
  );
  return tensor(Float32Array.from(each.flat()), [shape[0]!, 3]);
};
const scored: Scored = { map, input: image, target: 0, predict, seed: 1, run: quietly };

/** One pixel after the other, each time the whole image anew. */
function literal(
  kind: 'deletion' | 'insertion',
  baseline: number,
): { x: number[]; y: number[]; value: number } {
  const order = [...map.data.keys()].sort((a, b) => map.data[b]! - map.data[a]!);
  const y = Array.from({ length: pixels + 1 }, (_, k) => {
    const first = new Set(order.slice(0, k));
    const values = [...image.data].map((v, i) =>
      first.has(i % pixels) === (kind === 'deletion') ? baseline : v,
    );
    const [a, b, c] = logitsOf(values).map(Math.exp) as [number, number, number];
    return a / (a + b + c);
  });
  const value = (y.reduce((s, v) => s + v, 0) - y[0]! / 2 - y[pixels]! / 2) / pixels;
  return { x: y.map((_, k) => k / pixels), y, value };
}

describe('deletion and insertion', () => {
  it.each([
    ['deletion', 'zero', 0],
    ['deletion', 0.5, 0.5],
    ['insertion', 'zero', 0],
  ] as const)('%s to %s is what replacing pixel by pixel gives', async (kind, baseline, value) => {
    const score = await scoreMap(kind, scored, { pixels: 1, baseline });
    const expected = literal(kind, value);
    for (const [i, y] of expected.y.entries()) expect(score.curve!.y[i]).toBeCloseTo(y, 5);
    expect(score.curve!.x).toEqual(expected.x);
    expect(score.value).toBeCloseTo(expected.value, 6);
  });

  it('begins with the image and ends with nothing of it, and the other way round', async () => {
    const full = (await predict(image)).data;
    const none = (await predict(tensor(new Float32Array(channels * pixels), image.shape))).data;
    const options = { baseline: 'zero', quantity: 'logit', steps: 3 } as const;
    const deleted = await scoreMap('deletion', scored, options);
    expect(deleted.curve!.x).toEqual([0, 7 / 20, 13 / 20, 1]);
    expect([deleted.curve!.y[0], deleted.curve!.y[3]]).toEqual([full[0], none[0]]);
    const inserted = await scoreMap('insertion', scored, options);
    expect([inserted.curve!.y[0], inserted.curve!.y[3]]).toEqual([none[0], full[0]]);
  });

  it.each(['deletion', 'insertion', 'selectivity', 'region-perturbation', 'faithfulness-correlation'])(
    '%s notes a replacement that does not remove the evidence',
    async (metric) => {
      const kept = await scoreMap(metric, scored, { baseline: image });
      expect(kept.note).toMatch(
        /^the replacement does not remove the evidence: the target's probability is (\S+) with no pixel replaced and \1 with all$/,
      );
      const more = weights.map((weight, i) => image.data[i]! - weight);
      const gone = await scoreMap(metric, scored, {
        baseline: tensor(Float32Array.from(more), image.shape),
        quantity: 'logit',
      });
      expect(gone.note).toBeUndefined();
    },
  );

  it('ends at the whole image where the last step is a short one', async () => {
    const { curve } = await scoreMap('deletion', scored, { pixels: 8 });
    expect(curve!.x).toEqual([0, 0.4, 0.8, 1]);
  });

  it('takes tied pixels in an order of the seed, not of the image', async () => {
    const flat = { ...map, data: map.data.map((_, i) => (i < 10 ? 1 : 0)) };
    const values = [1, 2, 3].map(
      async (seed) => (await scoreMap('deletion', { ...scored, map: flat, seed })).value,
    );
    expect(new Set(await Promise.all(values)).size).toBe(3);
  });

  it('replaces all channels of a pixel where they lie last', async () => {
    const last = channelsLast(image);
    const model = unaskedModel([height, width, channels], 'NHWC', 'softmax');
    const turned = {
      ...scored,
      model,
      input: last,
      predict: (given: Tensor) => predict(channelsFirst(given)),
    };
    for (const name of ['deletion', 'insertion']) {
      for (const baseline of ['zero', 'mean', 'blur']) {
        const expected = await scoreMap(name, scored, { baseline });
        expect((await scoreMap(name, turned, { baseline })).value).toBeCloseTo(expected.value, 6);
      }
    }
  });

  it('says what a baseline may be', async () => {
    await expect(scoreMap<string>('deletion', scored, { baseline: 'black' })).rejects.toThrow(
      /option 'baseline' of metric 'deletion' got "black"; it takes one of zero, mean, blur, uniform, or a number/,
    );
  });
});

describe('missingOf', () => {
  it('is the channel mean, the blurred image, an extreme value or a number', () => {
    const means = [0, 1].map(
      (c) => image.data.subarray(c * pixels, (c + 1) * pixels).reduce((a, b) => a + b, 0) / pixels,
    );
    for (const [i, value] of missingOf(scored, 'mean').entries()) {
      expect(value).toBeCloseTo(means[Math.floor(i / pixels)]!, 6);
    }
    expect(missingOf(scored, 'blur', 1.5)).toEqual(gaussianBlur(image, 1.5).data);
    expect(new Set(missingOf(scored, -2))).toEqual(new Set([-2]));
    expect(new Set(missingOf(scored, 'min'))).toEqual(new Set([Math.min(...image.data)]));
    expect(new Set(missingOf(scored, 'max'))).toEqual(new Set([Math.max(...image.data)]));
    expect(missingOf(scored, 'blur')).toEqual(gaussianBlur(image, 5 / 20).data);
  });

  it('blurs an image once for each width where blurs are kept', () => {
    const blurs = new Map<number, Float32Array>();
    const first = missingOf({ ...scored, blurs }, 'blur', 1.5);
    expect(missingOf({ ...scored, blurs }, 'blur', 1.5)).toBe(first);
    expect(missingOf({ ...scored, blurs }, 'blur', 2)).toEqual(gaussianBlur(image, 2).data);
    missingOf({ ...scored, blurs }, 'mean', 3);
    expect([...blurs.keys()]).toEqual([1.5, 2]);
  });
});

describe('quantityOf', () => {
  const logits = tensor(Float32Array.of(1, 3, 1000, 998), [2, 2]);

  it('is the raw value, its softmax or its sigmoid, without overflow', () => {
    const soft = 1 / (1 + Math.exp(-2));
    expect(quantityOf(logits, 1, 'logit')).toEqual([3, 998]);
    expect(quantityOf(logits, 1, 'probability')[0]).toBeCloseTo(soft, 12);
    expect(quantityOf(logits, 1, 'probability')[1]).toBeCloseTo(1 - soft, 12);
    expect(quantityOf(logits, 1, 'sigmoid')[0]).toBeCloseTo(1 / (1 + Math.exp(-3)), 12);
  });

  it('is the sigmoid as a probability where several labels may hold at once', () => {
    expect(quantityOf(logits, 0, 'probability', 'sigmoid')[0]).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
    expect(quantityOf(logits, 0, 'logit', 'sigmoid')).toEqual([1, 1000]);
  });

  it('is what a model says whose output is a probability already, or its logarithm', () => {
    const said = tensor(Float32Array.of(0.25, 0.75), [1, 2]);
    expect(quantityOf(said, 1, 'probability', 'identity')).toEqual([0.75]);
    expect(quantityOf(said, 1, 'probability', 'exp')[0]).toBeCloseTo(Math.exp(0.75), 12);
    expect(() => quantityOf(said, 1, 'sigmoid', 'identity')).toThrow('holds probabilities already');
  });

  it('of a regression is its raw value alone', () => {
    expect(quantityOf(logits, 1, 'logit', 'none')).toEqual([3, 998]);
    expect(() => quantityOf(logits, 1, 'probability', 'none')).toThrow(/no probability.*quantity=logit/);
  });

  it.each([2, -1, 0.5])('has no target %d of two', (target) => {
    expect(() => quantityOf(logits, target, 'logit')).toThrow(/it has the outputs 0 to 1/);
  });
});

describe('area', () => {
  it('goes by trapezoids of their own widths', () => {
    expect(area({ x: [0, 0.25, 1], y: [1, 3, 0] })).toBe(0.5 + 1.125);
  });
});

it('a comparison tells evidence that remains from a probability that saturates', () => {
  const saturated = comparisonOf({ input: 0.99, baseline: 0.5 }, 'probability', undefined, 'it saturates');
  expect(saturated).toEqual({
    compared: { input: 0.99, baseline: 0.5, remains: false },
    note: 'it saturates',
  });
  const left = comparisonOf({ input: 0.99, baseline: 0.95 }, 'probability', undefined, 'it saturates');
  expect(left.compared.remains).toBe(true);
  expect(left.note).toMatch(/^it saturates; the replacement does not remove the evidence/);
  expect(comparisonOf({ input: 2, baseline: 1.95 }, 'logit').compared.remains).toBe(false);
  expect(comparisonOf({ input: 2, baseline: 2 }, 'log-odds').compared.remains).toBe(true);
});

it.each([
  [0.998, 0.796, true],
  [0.998, 0.7, false],
  [0.4, 0.299, false],
  [0.6, 0.46, true],
])('a comparison says where most of a probability stays: %d, %d', (input, baseline, remains) => {
  expect(comparisonOf({ input, baseline }, 'probability').compared.remains).toBe(remains);
});

it('a comparison of a quantity takes a greater baseline for no evidence', () => {
  const regression = unaskedModel([1, 2, 2], 'NCHW', 'none');
  const of = (baseline: number, model = regression) =>
    comparisonOf({ input: -6.4, baseline }, 'logit', model);
  expect(of(0)).toEqual({ compared: { input: -6.4, baseline: 0, remains: false } });
  expect(of(-6.4).note).toBe(
    'the replacement does not change the output: it is -6.40 with no pixel replaced and with all',
  );
  expect(of(0, { ...regression, asked: 'scores' }).note).toMatch(
    /^the replacement does not remove the evidence: .* more than the image, as where it is out of distribution$/,
  );
});
