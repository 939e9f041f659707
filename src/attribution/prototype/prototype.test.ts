import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int, ints } from '../../graph/attributes.js';
import { startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { classifierOf } from '../../model/load.js';
import { predict } from '../../model/predict.js';
import { partNames, partScores, presenceOf } from '../../model/prototypes/part-head.js';
import { metadataOf } from '../../model/prototypes/prototype.js';
import { similarity, similarityOf, smallest, squaredDistances } from '../../model/prototypes/similarity.js';
import { fullTree } from '../../model/prototypes/tree.js';
import { treeHead, treeNames } from '../../model/prototypes/tree-head.js';
import { attribute } from '../attribute.js';
import { describedPrototypes } from './counted.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const kernel = [0.5, 2];
/** Prototypes of class 0, 0 and 1. */
const vectors = [
  [0.5, 2],
  [0.1, 0.4],
  [1.5, 6],
];
const owners = [0, 0, 1];
const weights = [
  [2, 1, -1],
  [-0.5, 0, 3],
];

/**
 * A pixel x has the features 0.5 x and 2 x: all relevance of a place belongs to its pixel, or to the one that
 * is `shift` columns to the right.
 */
function network(width = 3, shift = 0): Graph {
  const builder = startGraph('three prototypes');
  const held = (values: number[][], shape: number[], name: string) =>
    builder.constant(float32(values.flat(), shape), name);
  const side = 2 * shift + 1;
  const taps = kernel.map((tap) => [...Array(side - 1).fill(0), tap]);
  const features = builder.emit(
    'Conv',
    ['image', held(taps, [2, 1, 1, side], 'kernel')],
    { kernel_shape: ints([1, side]), pads: ints([0, shift, 0, shift]) },
    'features',
  );
  const prototypes = held(vectors, [3, 2, 1, 1], 'vectors');
  const distances = squaredDistances(builder, features, prototypes, 'distances');
  const scores = similarity(builder, smallest(builder, distances, 'nearest'));
  const last = held(weights, [2, 3], 'last');
  const logits = builder.emit('Gemm', [scores, last], { transB: int(1) }, 'logits');
  const graph = builder.finish(
    [{ name: 'image', type: 'float32', shape: ['N', 1, 2, width] }],
    [{ name: logits, type: 'float32', shape: ['N', 2] }],
  );
  const metadata = metadataOf({
    ...{
      kind: 'protopnet',
      features: 'features',
      vectors: 'vectors',
      distances: 'distances',
      weights: 'last',
    },
    prototypes: owners.map((owner) => ({ class: owner })),
  });
  return { ...graph, metadata };
}

const image = [1.2, 0.3, 2.9, 0.1, 2, 0.7];
const input = { data: Float32Array.from([...image, ...image.map((x) => x / 2)]), shape: [2, 1, 2, 3] };
const distanceOf = (x: number, p: number) =>
  kernel.reduce((sum, k, d) => sum + (k * x - vectors[p]![d]!) ** 2, 0);

/** For each image, prototype and pixel: the similarity. */
const similarities = [image, image.map((x) => x / 2)].map((pixels) =>
  owners.map((_, p) => pixels.map((x) => similarityOf(distanceOf(x, p)))),
);

const load = () => classifierOf(network(), 'three prototypes', { engine });

describe('prototype-similarity', () => {
  it('adds the weighted similarities of the prototypes that count', async () => {
    const model = await load();
    const cases: Record<'all' | 'own' | 'nearest', readonly number[] | undefined> = {
      all: [0, 1, 2],
      own: [0, 1],
      nearest: undefined,
    };
    for (const [prototypes, counted] of Object.entries(cases) as [
      keyof typeof cases,
      number[] | undefined,
    ][]) {
      const options = { prototypes, upsample: 'none' } as const;
      const { map } = await attribute(model, 'prototype-similarity', input, [0, 0], options);
      for (const [n, own] of similarities.entries()) {
        const score = (p: number) => weights[0]![p]! * Math.max(...own[p]!);
        const listed = counted ?? [score(0) > score(1) ? 0 : 1];
        for (const i of image.keys()) {
          const want = listed.reduce((sum, p) => sum + weights[0]![p]! * own[p]![i]!, 0);
          expect(map.data[n * 6 + i]).toBeCloseTo(want, 4);
        }
      }
    }
  });

  it('reads a ProtoPNet of another origin by the metadata that is documented', async () => {
    const told = network();
    const model = await classifierOf({ ...told, metadata: {} }, 'plain', { engine });
    for (const method of ['prototype-similarity', 'prp']) {
      const refusal = await attribute(model, method, input, [0, 0]).catch((error) => error);
      expect(refusal.kind).toBe('unsupported');
      expect(refusal.message).toMatch(/ProtoPNet.* whose file tells its prototypes, and this one tells none/);
      const [, key = '', form = ''] = /metadata '(.+?)' (\{.*\]\})/.exec(describedPrototypes)!;
      const names = ['features', 'vectors', 'distances', 'last'];
      const owned = JSON.stringify(owners.map((owner) => ({ class: owner })));
      const value = form.replaceAll('NAME', () => `"${names.shift()}"`).replace('[{"class":0},...]', owned);
      const described = await classifierOf({ ...told, metadata: { [key]: value } }, 'told', { engine });
      const own = await classifierOf(told, 'own', { engine });
      const maps = [described, own].map(
        async (one) => (await attribute(one, method, input, [0, 1])).map.data,
      );
      const [map, expected] = await Promise.all(maps);
      expect(map).toEqual(expected);
    }
  });

  it('prp names what a network is that is another, and a value that is not there', async () => {
    const known = { kind: 'pipnet' as const, maps: 'm', presence: 'p', scores: 's', weights: 'w' };
    const other = metadataOf({ ...known, prototypes: [] });
    const part = await classifierOf({ ...network(), metadata: other }, 'parts', { engine });
    await expect(attribute(part, 'prp', input, [0, 0])).rejects.toThrow(
      'prp explains a ProtoPNet, and this network is a PIP-Net',
    );
    const text = JSON.stringify(network().metadata).replace(
      'distances\\":\\"distances',
      'distances\\":\\"far',
    );
    const lost = await classifierOf({ ...network(), metadata: JSON.parse(text) }, 'lost', { engine });
    await expect(attribute(lost, 'prp', input, [0, 0])).rejects.toThrow(/^prp needs 'far', which metadata/);
  });
});

describe('prototype-similarity of other networks', () => {
  /** A pixel x has the features x and 0: the presence of the first prototype is sigmoid(x). */
  function parts(): Graph {
    const builder = startGraph('two parts');
    const kernel = builder.constant(float32([1, 0], [2, 1, 1, 1]), 'kernel');
    const features = builder.emit('Conv', ['image', kernel], { kernel_shape: ints([1, 1]) }, 'features');
    builder.constant(float32([3, 0, 0, 2], [2, 2]), partNames.weights);
    const logits = partScores(builder, presenceOf(builder, features), true);
    const { maps, presence, scores, weights } = partNames;
    const graph = builder.finish(
      [{ name: 'image', type: 'float32', shape: ['N', 1, 2, 3] }],
      [{ name: logits, type: 'float32', shape: ['N', 2] }],
    );
    const named = { kind: 'pipnet' as const, maps, presence, scores, weights };
    return { ...graph, metadata: metadataOf({ ...named, prototypes: [{}, {}] }) };
  }

  it('adds the weighted presences of the parts of a class', async () => {
    const model = await classifierOf(parts(), 'parts', { engine });
    const options = { upsample: 'none' } as const;
    const { map } = await attribute(model, 'prototype-similarity', input, [0, 1], options);
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    for (const [i, x] of image.entries()) {
      expect(map.data[i]).toBeCloseTo(3 * sigmoid(x), 5);
      expect(map.data[6 + i]).toBeCloseTo(2 * (1 - sigmoid(x / 2)), 5);
    }
  });

  it('adds the similarities of what is present on the path through a tree', async () => {
    const tree = fullTree(1);
    const builder = startGraph('a question');
    const vectors = builder.constant(float32([2], [1, 1, 1, 1]), 'vectors');
    builder.constant(float32([1, 0, 0, 1], [2, 2]), treeNames.leaves);
    const kernel = builder.constant(float32([1], [1, 1, 1, 1]), 'kernel');
    const features = builder.emit('Conv', ['image', kernel], { kernel_shape: ints([1, 1]) }, 'features');
    const distances = squaredDistances(builder, features, vectors, 'distances');
    const logits = treeHead(builder, distances, tree);
    const graph = builder.finish(
      [{ name: 'image', type: 'float32', shape: ['N', 1, 2, 3] }],
      [{ name: logits, type: 'float32', shape: ['N', 2] }],
    );
    const known = { features, vectors, distances, leaves: treeNames.leaves, tree };
    const metadata = metadataOf({ ...known, kind: 'prototree', prototypes: [{}] });
    const model = await classifierOf({ ...graph, metadata }, 'tree', { engine });
    const far = { ...input, data: input.data.map((x, i) => (i < 6 ? x : 0)) };
    const options = { upsample: 'none' } as const;
    const { map } = await attribute(model, 'prototype-similarity', far, [0, 0], options);
    // The first image has a pixel of 2, the second none within log 2 of it.
    for (const [i, x] of image.entries()) expect(map.data[i]).toBeCloseTo(Math.exp(-Math.abs(x - 2)), 4);
    for (const i of image.keys()) expect(map.data[6 + i]).toBe(0);
  });
});

describe('prp', () => {
  it('gives what each prototype adds to the pixel that is nearest to it', async () => {
    const model = await load();
    const { map, residual } = await attribute(model, 'prp', input, [1, 0], {
      prototypes: 'all',
      composite: 'epsilon',
    });
    for (const [n, target] of [1, 0].entries()) {
      const want = image.map(() => 0);
      for (const [p, own] of similarities[n]!.entries()) {
        const place = own.indexOf(Math.max(...own));
        want[place]! += weights[target]![p]! * own[place]!;
      }
      for (const [i, value] of want.entries()) expect(map.data[n * 6 + i]).toBeCloseTo(value, 3);
      expect(Math.abs(residual![n]!)).toBeLessThan(1e-4);
    }
  });

  it('shares out the raw output where all prototypes count', async () => {
    const model = await load();
    const { data } = await predict(model, input);
    const { map } = await attribute(model, 'prp', input, [1, 0], { prototypes: 'all', composite: 'epsilon' });
    for (const [n, target] of [1, 0].entries()) {
      const sum = map.data.subarray(n * 6, n * 6 + 6).reduce((a, b) => a + b, 0);
      expect(sum).toBeCloseTo(data[2 * n + target]!, 3);
    }
  });

  it('finds the evidence where the map of similarities lies beside it', async () => {
    const model = await classifierOf(network(7, 2), 'shifted', { engine });
    const shown = (lit: readonly number[]) => ({
      data: Float32Array.from({ length: 14 }, (_, i) => Number(lit.includes(i))),
      shape: [1, 1, 2, 7],
    });
    const options = { prototypes: 'nearest' } as const;
    const placeBy = async (method: 'prp' | 'prototype-similarity') => {
      const { map } = await attribute(model, method, shown([4]), [0], options);
      return map.data.indexOf(Math.max(...map.data));
    };
    const score = async (lit: readonly number[]) => (await predict(model, shown(lit))).data[0]!;
    expect([await placeBy('prototype-similarity'), await placeBy('prp')]).toEqual([2, 4]);
    // Taking away what PRP finds takes the class away; the pixel of the similar place was dark already.
    expect((await score([4])) - (await score([]))).toBeGreaterThan(10);
  });
});
