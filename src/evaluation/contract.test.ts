import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GivenOptions, number } from '../base/options.js';
import { seededRandom } from '../base/random.js';
import { quietly } from '../base/run.js';
import { startGraph } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
import type { Classifier } from '../model/classifier.js';
import { classifierOf } from '../model/load.js';
import { concatenate, type Tensor, tensor } from '../tensor/tensor.js';
import { scoreArrays } from './arrays.js';
import { type Metric, metric, type Scored } from './metric/metric.js';
import { metrics } from './registry.js';
import { scoreMap } from './score.js';

const [height, width] = [12, 10];
const area = height * width;
const random = seededRandom('contract');
const grid = (value: (i: number, j: number) => number): Tensor =>
  tensor(
    Float32Array.from({ length: area }, (_, p) => value(Math.floor(p / width), p % width)),
    [height, width],
  );
const noise = () => grid(() => random.normal());
const rectangle = (top: number, bottom: number, left: number, right: number) =>
  tensor(Uint8Array.from(grid((i, j) => (i >= top && i < bottom && j >= left && j < right ? 1 : 0)).data), [
    height,
    width,
  ]);
const mask = rectangle(3, 7, 2, 7);
const part = mask.data.reduce((sum, one) => sum + one, 0) / area;
const perfect: Tensor = { data: Float32Array.from(mask.data), shape: mask.shape };

/**
 * A model whose first logit is the sum of the masked pixels: its input times the mask explains it perfectly.
 */
const predict = async ({ data, shape }: Tensor): Promise<Tensor> => {
  const count = shape[0]!;
  const out = new Float32Array(count * 2);
  for (let n = 0; n < count; n++) {
    for (let p = 0; p < area; p++) out[n * 2]! += (mask.data[p]! * data[n * area + p]!) / 4;
  }
  return tensor(out, [count, 2]);
};
const input = tensor(
  Float32Array.from({ length: area }, (_, p) => 1 + 3 * mask.data[p]! + random.uniform()),
  [1, 1, height, width],
);
/** The same as a network, for metrics that change it. */
let network: Classifier;
beforeAll(async () => {
  network = await classifierOf(linearModel(), 'contract model', { normalisation: 'zero-one' });
});
afterAll(() => network.engine.dispose());

function linearModel() {
  const b = startGraph('linear');
  const weights = Float32Array.from({ length: 2 * area }, (_, i) => (i % 2 ? 0 : mask.data[i / 2]! / 4));
  b.emit('Gemm', [b.emit('Flatten', ['x']), b.constant(float32(weights, [area, 2]))], {}, 'logits');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  return b.finish([value('x', ['N', 1, height, width])], [value('logits', ['N', 2])]);
}

const others = [0, 1, 1, 0].map((target) => ({
  input: { ...input, data: input.data.map(() => random.uniform()) },
  target,
}));
const scored = (map: Tensor, more: Partial<Scored> = {}): Scored => ({
  map,
  mask,
  predict,
  input,
  target: 0,
  explain: async (at) => ({ data: at.data.map((v, p) => v * mask.data[p]!), shape: mask.shape }),
  anatomy: rectangle(1, 9, 1, 8),
  body: rectangle(0, 11, 0, 9),
  artefacts: rectangle(0, 2, 0, 3),
  others,
  shuffled: network,
  again: [network],
  seed: 7,
  run: quietly,
  ...more,
});

/** Options without which a metric has no answer on this model: its blurred image is still of the target. */
const usual: Readonly<Record<string, GivenOptions>> = {
  aic: { baseline: 'zero' },
  sic: { baseline: 'zero' },
  'box-detection': { threshold: 0.9 },
};
const scoreOf = (metric: Metric, of: Scored, options: GivenOptions = {}) =>
  scoreMap(metric, of, { ...usual[metric.name], ...options });

const repeated = ({ data, shape }: Tensor<Uint8Array>, count: number): Tensor<Uint8Array> => ({
  data: Uint8Array.from({ length: count * data.length }, (_, i) => data[i % data.length]!),
  shape: [count, ...shape],
});

/** A metric of one's own: the share of the positive map that lies on the annotation. */
const shareInside = metric({
  name: 'share-inside',
  category: 'localisation',
  doc: 'The share of the positive map that lies on the annotation.',
  options: { power: number({ doc: 'what the share is raised to', default: 1, min: 0 }) },
  direction: 'higher',
  range: [0, 1],
  chance: 'mask-share',
  reads: 'positive',
  ties: 'none',
  undefinedFor: { emptyMask: 'undefined', flatMap: 'undefined', nan: 'undefined' },
  needs: ['mask'],
  invariantTo: ['scale'],
  score({ map, mask }, { power }) {
    const inside = map.data.reduce((sum, value, i) => sum + value * mask!.data[i]!, 0);
    return { value: (inside / map.data.reduce((sum, value) => sum + value, 0)) ** power };
  },
});

const every: readonly (readonly [string, Metric])[] = [...Object.values<Metric>(metrics), shareInside].map(
  (one) => [one.name, one] as const,
);
const ofCategory = (category: Metric['category']) =>
  every.filter(([, metric]) => metric.category === category);
const better = (metric: Metric, a: number, b: number) => (metric.direction === 'higher' ? a > b : a < b);

describe.each(every)('metric %s', (name, metric) => {
  const sample = (map: Tensor, more: Partial<Scored> = {}) =>
    scored(map, {
      ...(metric.needs.includes('network') && { model: network }),
      // One that does not cross the middle.
      ...(name === 'relevance-on-wrong-side' && { mask: rectangle(3, 7, 1, 4) }),
      ...more,
    });

  it('says what it is', () => {
    expect(name).toMatch(/^[a-z0-9-]+$/);
    expect(metric.doc).toMatch(/^[A-Z].*\.$/);
    expect(metric.range[0]).toBeLessThan(metric.range[1]);
    for (const [option, { doc, accepts }] of Object.entries(metric.options)) {
      expect(option).toMatch(/^[a-z]+[A-Za-z]*$/);
      expect([doc.length > 0, accepts.length > 0]).toEqual([true, true]);
    }
    if ('sign' in metric.options) expect(metric.options.sign!.default).toBe(metric.reads);
  });

  it('stays in its range', async () => {
    for (let trial = 0; trial < 8; trial++) {
      const { value } = await scoreOf(metric, sample(noise()));
      expect(value).toBeGreaterThanOrEqual(metric.range[0]);
      expect(value).toBeLessThanOrEqual(metric.range[1]);
    }
  });

  it('gives hits and misses where it declares them', async () => {
    for (let trial = 0; metric.binary && trial < 8; trial++)
      expect([0, 1]).toContain((await scoreOf(metric, sample(noise()))).value);
  });

  it('gives the same for the same seed, and leaves its map as it was', async () => {
    const map = grid((i, j) => ((i * 7 + j * 3) % 5) - 1);
    const before = Float32Array.from(map.data);
    expect(await scoreOf(metric, sample(map))).toEqual(await scoreOf(metric, sample(map)));
    expect(map.data).toEqual(before);
  });

  it('is undefined with a reason for a NaN, an infinity and a flat map', async () => {
    for (const bad of [Number.NaN, Infinity, -Infinity]) {
      const map = noise();
      map.data[5] = bad;
      const score = await scoreOf(metric, sample(map));
      expect(score).toEqual({
        value: Number.NaN,
        reason: "1 of the map's 120 values are NaN or infinite",
      });
    }
    for (const level of [0, 2.5]) {
      expect(await scoreOf(metric, sample(grid(() => level)))).toMatchObject({ reason: 'the map is flat' });
    }
  });

  it('says what it measures of the image and of its baseline where it has one', async () => {
    if (!('baseline' in metric.options)) return;
    const { compared } = await scoreOf(metric, sample(noise()), { baseline: 0, quantity: 'logit' });
    const zero = { ...input, data: new Float32Array(input.data.length) };
    const [image, nothing] = [(await predict(input)).data[0]!, (await predict(zero)).data[0]!];
    expect(compared!.input).toBeCloseTo(image, 5);
    expect(compared!.baseline).toBeCloseTo(nothing, 5);
  });

  it('treats an empty mask as it declares', async () => {
    const empty = tensor(new Uint8Array(area), [height, width]);
    const score = await scoreOf(metric, sample(noise(), { mask: empty }));
    if (metric.needs.includes('mask')) {
      expect(score).toEqual({ value: Number.NaN, reason: 'the mask is empty' });
      expect(metric.undefinedFor.emptyMask).toBe('undefined');
    } else {
      expect(score.reason).toBeUndefined();
      expect(metric.undefinedFor.emptyMask).not.toBe('undefined');
    }
  });

  it('is undefined where a map has none of the sign that is read', async () => {
    if (!('sign' in metric.options)) return;
    const negative = grid((i, j) => -1 - i - j);
    const score = await scoreOf(metric, sample(negative), { sign: 'positive' });
    expect(score).toEqual({ value: Number.NaN, reason: 'the map has no positive value' });
  });

  it('has a score in its range or a reason for full and tiny masks and tied maps', async () => {
    const full = rectangle(0, height, 0, width);
    const tied = grid((i, j) => ((i + j) % 3) - 1);
    for (const case_ of [
      sample(noise(), { mask: full, anatomy: full, body: full, artefacts: full }),
      sample(noise(), { mask: rectangle(11, 12, 9, 10) }),
      sample(noise(), { mask: rectangle(4, 5, 4, 5) }),
      sample(tied),
      sample(tied, { mask: rectangle(0, 1, 0, 1) }),
    ]) {
      const { value, reason } = await scoreOf(metric, case_);
      expect(Number.isNaN(value)).toBe(reason !== undefined);
      if (reason === undefined) {
        expect(value).toBeGreaterThanOrEqual(metric.range[0]);
        expect(value).toBeLessThanOrEqual(metric.range[1]);
      }
    }
  });

  it('gives each map of a batch the score that it has alone', async () => {
    const maps = [noise(), perfect, noise()];
    const { map: _map, mask: own, input: _input, target: _target, ...more } = sample(noise());
    const stacked = (one: Tensor<Uint8Array>) => repeated(one, maps.length);
    const { values } = await scoreArrays(
      metric,
      {
        ...more,
        map: concatenate(maps.map(({ data }) => ({ data, shape: [1, height, width] }))),
        mask: stacked(own!),
        ...{
          anatomy: stacked(more.anatomy!),
          body: stacked(more.body!),
          artefacts: stacked(more.artefacts!),
        },
        input: concatenate(maps.map(() => input)),
        targets: maps.map(() => 0),
      },
      usual[name],
    );
    for (const [i, map] of maps.entries()) {
      expect(values[i]).toBe((await scoreOf(metric, sample(map, { ...more, seed: 7 + i }))).value);
    }
  });

  it('does not change with what it declares itself invariant to', async () => {
    const map = noise();
    const changes = {
      scale: (v: number) => 4 * v,
      shift: (v: number) => v + 64,
      monotone: (v: number) => Math.atan(v),
    };
    const { value } = await scoreOf(metric, sample(map));
    for (const change of metric.invariantTo) {
      const changed = { data: map.data.map(changes[change]), shape: map.shape };
      expect((await scoreOf(metric, sample(changed))).value, change).toBeCloseTo(value, 5);
    }
  });

  it('asks for what it needs, by its name', async () => {
    const lacks = {
      mask: { mask: undefined },
      model: { predict: undefined, model: undefined },
      network: { model: undefined },
      explain: { explain: undefined },
      ...{ anatomy: { anatomy: undefined }, body: { body: undefined }, artefacts: { artefacts: undefined } },
      ...{ others: { others: undefined }, shuffled: { shuffled: undefined }, again: { again: undefined } },
    };
    for (const need of metric.needs) {
      await expect(scoreOf(metric, sample(noise(), lacks[need]))).rejects.toThrow(`metric '${name}' needs`);
    }
  });

  it('refuses an option that it does not have', async () => {
    await expect(scoreOf(metric, sample(noise()), { sing: 1 })).rejects.toThrow(/unknown option of metric/);
  });
});

const asking = every.filter(([, { needs }]) => needs.includes('model') || needs.includes('explain'));

describe.each(asking)('metric %s, which asks the model or the method', (_, metric) => {
  it.each([
    ['NaN', Number.NaN],
    ['infinite', Infinity],
  ])('makes no number of outputs and maps that are %s for changed images', async (word, bad) => {
    const half = async (given: Tensor) => {
      const { data, shape } = await predict(given);
      const isChanged = given.data.some((value, i) => value !== input.data[i % area]);
      return tensor(isChanged ? data.fill(bad) : data, shape);
    };
    const hole = async ({ data }: Tensor) => tensor(Float32Array.from(data).fill(bad, 0, 1), mask.shape);
    const model = metric.needs.includes('network') ? network : undefined;
    const broken = scored(noise(), { ...(model && { model }), predict: half, explain: hole });
    const { value, reason } = await scoreOf(metric, broken);
    expect(Number.isNaN(value)).toBe(reason !== undefined);
    if (word === 'NaN') expect(reason).toMatch(/is NaN for \d+ of \d+ images/);
  });
});

describe.each(ofCategory('localisation'))('localisation metric %s', (name, metric) => {
  const options =
    name === 'top-k-intersection' ? { k: 20 } : name === 'iou-quantile' ? { quantile: 1 - part } : {};

  it('gives a perfect map its best score', async () => {
    const map =
      name === 'iou-quantile' ? { ...perfect, data: perfect.data.map((v, i) => v + i * 1e-6) } : perfect;
    const best = metric.direction === 'higher' ? metric.range[1] : metric.range[0];
    expect((await scoreOf(metric, scored(map), options)).value).toBeCloseTo(best, 12);
  });

  it('gives noise the level of chance', async () => {
    const values: number[] = [];
    for (let trial = 0; trial < 400; trial++)
      values.push((await scoreOf(metric, scored(noise()), options)).value);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    // Of the signed values of noise half agree with any mask.
    const known = name === 'dual-polarity-precision' ? 0.5 : metric.chance;
    const level = known === 'mask-share' ? part : known;
    if (metric.direction === 'lower') expect(mean).toBeGreaterThan(metric.range[0]);
    else if (level === undefined) expect(mean).toBeLessThan(0.45);
    else expect(Math.abs(mean - level)).toBeLessThan(0.06);
  });

  it('sees a map turned around as worse', async () => {
    const map = { ...perfect, data: perfect.data.map((v, i) => 1 + v + i * 1e-4) };
    const turned = { ...map, data: map.data.map((v) => 3 - v) };
    const [right, wrong] = [await scoreOf(metric, scored(map)), await scoreOf(metric, scored(turned))];
    expect(better(metric, right.value, wrong.value)).toBe(true);
  });
});

/** What some metrics give every map of this model: no pixel lowers its output, in any order or part. */
const samePerMap: Readonly<Record<string, number>> = {
  monotonicity: 1,
  'average-gain': 0,
  'confidence-increase': 0,
};

/** Those that score the map itself, not one of another image. */
const ofTheMap = ofCategory('faithfulness').filter(([, metric]) => !metric.needs.includes('explain'));

describe.each(ofTheMap)('faithfulness metric %s', (_, metric) => {
  it('prefers the map that explains the model to noise', async () => {
    const faithful = { data: input.data.map((v, p) => v * mask.data[p]!), shape: mask.shape };
    const wanted = { baseline: 'zero', patch: 2 };
    const options = Object.fromEntries(Object.entries(wanted).filter(([option]) => option in metric.options));
    const right = await scoreOf(metric, scored(faithful), options);
    const wrong: number[] = [];
    for (let trial = 0; trial < 5; trial++) {
      const { data, shape } = noise();
      // One pixel of the mask makes this model predict the target: the maps for aic end with them.
      const beside = metric.name === 'aic' ? data.map((v, p) => v - 10 * mask.data[p]!) : data;
      wrong.push((await scoreOf(metric, scored({ data: beside, shape }), options)).value);
    }
    const same = samePerMap[metric.name];
    for (const value of wrong) {
      if (same !== undefined) expect([right.value, value]).toEqual([same, same]);
      else expect(better(metric, right.value, value)).toBe(true);
    }
  });

  it('says which shapes do not fit', async () => {
    const other = tensor(new Float32Array(area * 2), [1, 1, height * 2, width]);
    await expect(scoreOf(metric, scored(noise(), { input: other }))).rejects.toThrow(
      /\[12,10\] and the input 24x10/,
    );
    await expect(scoreOf(metric, scored(noise(), { target: 2 }))).rejects.toThrow(
      /target 2 is no output.*0 to 1/,
    );
  });
});
