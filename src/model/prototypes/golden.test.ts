import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int } from '../../graph/attributes.js';
import { extend } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import type { Constant, Graph } from '../../graph/graph.js';
import { readOnnx } from '../../graph/read.js';
import { readNpy } from '../../tensor/npy.js';
import { type Tensor, toFloat32 } from '../../tensor/tensor.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import { probe } from '../probe.js';
import { softmaxCrossEntropy } from '../training/loss.js';
import { differentiate, names } from '../training/step.js';
import { activationBox } from './activation-box.js';
import { publishedCosts, withCosts } from './costs.js';
import { nearestPlace, nearestPlaces } from './nearest.js';
import { keptPrototypes } from './prune.js';
import { firstWeights, similarity, similarityOf, smallest, squaredDistances } from './similarity.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const folder = (...parts: string[]) => sharedPath('golden', 'prototypes', ...parts);
const array = async (path: string) => toFloat32(await readNpy(folder(...path.split('/'))));
const ints = async (path: string) => Array.from((await array(path)).data);
const owners = [0, 0, 0, 1, 1, 1, 2, 2, 2];

/** The published network's features with prototypes on top. */
async function network(vectors: Tensor, weights: Constant): Promise<Graph> {
  const read = await readOnnx(folder('protopnet', 'features.onnx'));
  const features = { ...read, opsets: { '': 20 } };
  const builder = extend(features);
  const held = builder.constant(float32(vectors.data, vectors.shape), 'vectors');
  const distances = squaredDistances(builder, 'conv_features', held, 'distances');
  const scores = similarity(builder, smallest(builder, distances, 'nearest'));
  const logits = builder.emit(
    'Gemm',
    [scores, builder.constant(weights, 'last')],
    { transB: int(1) },
    'logits',
  );
  return builder.finish(features.inputs, [{ name: logits, type: 'float32', shape: ['N', 3] }]);
}

const first = firstWeights(owners, 3);

async function values(graph: Graph, outputs: readonly string[]): Promise<Tensor[]> {
  const program = await engine.compile({
    ...graph,
    outputs: outputs.map((name) => ({ name, type: 'float32' })),
  });
  const x = await array('data/x.npy');
  const found = await program.run({ x: float32(x.data, x.shape) });
  await program.dispose();
  return outputs.map((name) => found[name] as Tensor);
}

/** The relative L2 distance. */
function apart(found: Tensor, want: Tensor): number {
  expect(found.shape).toEqual(want.shape);
  const sum = (of: (i: number) => number) => want.data.reduce((total, _, i) => total + of(i) ** 2, 0);
  return Math.sqrt(sum((i) => found.data[i]! - want.data[i]!) / sum((i) => want.data[i]!));
}

describe.skipIf(!sharedIsThere)('a ProtoPNet', () => {
  it.each([
    ['before projection', 'prototypes', ''],
    ['after projection', 'push/cs_prototypes', '_pushed'],
  ])('has the published distances and logits %s', async (_, vectors, suffix) => {
    const graph = await network(await array(`protopnet/${vectors}.npy`), first);
    const [distances, nearest, logits] = await values(graph, ['distances', 'nearest', 'logits']);
    expect(apart(distances!, await array(`protopnet/distances${suffix}.npy`))).toBeLessThan(2e-5);
    expect(apart(nearest!, await array(`protopnet/min_distances${suffix}.npy`))).toBeLessThan(5e-5);
    expect(apart(logits!, await array(`protopnet/logits${suffix}.npy`))).toBeLessThan(5e-3);
    const maps = { data: distances!.data.map(similarityOf), shape: distances!.shape };
    expect(apart(maps, await array(`protopnet/similarity_maps${suffix}.npy`))).toBeLessThan(1.4e-3);
  });

  it('has the published loss and gradients', async () => {
    const graph = await network(await array('protopnet/prototypes.npy'), first);
    const shapes = await probe(graph, graph.inputs[0]!, [3, 48, 48], engine);
    const places = { smallest: 'nearest', weights: 'last', owners, classes: 3 };
    const loss = withCosts(softmaxCrossEntropy, publishedCosts, places);
    const { builder, inputs, gradients } = differentiate(graph, shapes, loss, 'cpu');
    const outputs = [names.loss, ...gradients.values()].map((name) => ({ name, type: 'float32' as const }));
    const program = await engine.compile(builder.finish(inputs, outputs));
    const x = await array('data/x.npy');
    const labels = await ints('data/y.npy');
    const found = await program.run({
      x: float32(x.data, x.shape),
      [names.targets]: float32(
        labels.flatMap((own) => [0, 1, 2].map((k) => Number(k === own))),
        [12, 3],
      ),
      [names.weights]: float32(
        labels.map(() => 1 / 12),
        [12, 1],
      ),
    });
    await program.dispose();
    // `loss_terms` of the manifest; sparsity is 1e-4 times 9.
    expect(found[names.loss]!.data[0]).toBeCloseTo(1.8731920895487184, 4);
    const published = { vectors: 'prototype_vectors', last: 'last_layer.weight' } as const;
    expect(gradients.size).toBe(10);
    for (const [parameter, gradient] of gradients) {
      const file = published[parameter as keyof typeof published] ?? parameter.replace('n.', '');
      const want = await array(`protopnet/grad/${file}.npy`);
      expect(apart(found[gradient] as Tensor, want), parameter).toBeLessThan(5e-4);
    }
  });

  it.each([
    ['of its class', 'cs', owners],
    ['of any class', 'all', undefined],
  ])('finds the nearest patches %s, with ties', async (_, kind, own) => {
    const graph = await network(await array('protopnet/prototypes.npy'), first);
    const [distances] = await values(graph, ['distances']);
    const labels = await ints('data/y.npy');
    const found = nearestPlaces(distances!, labels, own);
    const places = found.flatMap((place) => [place!.image, place!.row, place!.column]);
    expect(places).toEqual(await ints(`protopnet/push/${kind}_index.npy`));
  });

  it('draws the published boxes around where a prototype is active', async () => {
    const maps = await array('protopnet/push/cs_activation.npy');
    const want = await ints('protopnet/push/cs_box.npy');
    const made = await array('protopnet/cases/crop_maps.npy');
    const wantMade = await ints('protopnet/cases/crop_boxes.npy');
    const boxOf = ({ data, shape }: Tensor, i: number, size: number) => {
      const area = shape[1]! * shape[2]!;
      const map = { data: data.subarray(i * area, (i + 1) * area), shape: shape.slice(1) };
      const [x, y, width, height] = activationBox(map, size, size);
      return [y, y + height, x, x + width];
    };
    for (const p of owners.keys()) expect(boxOf(maps, p, 48)).toEqual(want.slice(6 * p + 1, 6 * p + 5));
    for (const i of [0, 1, 2, 3]) expect(boxOf(made, i, 12)).toEqual(wantMade.slice(4 * i, 4 * i + 4));
  });

  it('removes the prototypes that the published rule removes', async () => {
    const nearest = await ints('protopnet/prune/nearest_class.npy');
    const classes = owners.map((_, p) => nearest.slice(6 * p, 6 * p + 6));
    expect(keptPrototypes(classes, owners, 3)).toEqual(await ints('protopnet/prune/kept.npy'));
    const graph = await network(await array('protopnet/push/cs_prototypes.npy'), first);
    const [distances] = await values(graph, ['distances']);
    const images = await ints('protopnet/prune/nearest_image.npy');
    for (const p of owners.keys()) {
      const least = Array.from({ length: 12 }, (_, n) => nearestPlace(distances!, n, p).distance);
      const order = [...least.keys()].sort((a, b) => least[a]! - least[b]!).slice(0, 6);
      expect(new Set(order)).toEqual(new Set(images.slice(6 * p, 6 * p + 6)));
    }
  });
});

describe('pruning', () => {
  it('keeps the best prototype of a class that would lose all', () => {
    expect(
      keptPrototypes(
        [
          [1, 1, 1],
          [0, 1, 1],
          [1, 1, 1],
        ],
        [0, 0, 1],
        3,
      ),
    ).toEqual([1, 2]);
  });
});
