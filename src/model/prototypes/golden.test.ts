import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int } from '../../graph/attributes.js';
import { extend } from '../../graph/builder.js';
import { float32, scalar } from '../../graph/elements.js';
import type { Constant, Graph } from '../../graph/graph.js';
import { readOnnx } from '../../graph/read.js';
import { readNpy } from '../../tensor/npy.js';
import { type Tensor, toFloat32 } from '../../tensor/tensor.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import { probe } from '../probe.js';
import { softmaxCrossEntropy } from '../training/loss.js';
import { optimisers } from '../training/optimisers/registry.js';
import { differentiate, names, scalarFeeds, trainingStep } from '../training/step.js';
import { activationBox } from './activation-box.js';
import { publishedCosts, withCosts } from './costs.js';
import { nearestPlace, nearestPlaces } from './nearest.js';
import { keptPrototypes } from './prune.js';
import { firstWeights, similarity, similarityOf, smallest, squaredDistances } from './similarity.js';
import { branchesOf, fullTree, greedyLeaf, leavesOf, prunedTree } from './tree.js';
import { leafRule, treeHead, treeNames } from './tree-head.js';

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
    ['of its class', 'cs', (p: number, label: number) => label === owners[p]],
    ['of any class', 'all', () => true],
  ])('finds the nearest patches %s, with ties', async (_, kind, allows) => {
    const graph = await network(await array('protopnet/prototypes.npy'), first);
    const [distances] = await values(graph, ['distances']);
    const labels = await ints('data/y.npy');
    const found = nearestPlaces(distances!, labels, allows);
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

describe.skipIf(!sharedIsThere)('a ProtoTree', () => {
  const tree = fullTree(3);

  async function treeNetwork(): Promise<Graph> {
    const read = await readOnnx(folder('prototree', 'features.onnx'));
    const builder = extend({ ...read, opsets: { '': 20 } });
    const held = async (file: string, name: string) => {
      const { data, shape } = await array(`prototree/${file}.npy`);
      return builder.constant(float32(data, shape), name);
    };
    const vectors = await held('prototypes', 'vectors');
    await held('leaf_params', treeNames.leaves);
    const distances = squaredDistances(builder, read.outputs[0]!.name, vectors, 'distances');
    const logits = treeHead(builder, distances, tree);
    return builder.finish(read.inputs, [{ name: logits, type: 'float32', shape: ['N', 3] }]);
  }

  it('sends images right, to leaves and to classes as published', async () => {
    const { right, arrivals, probabilities } = treeNames;
    const found = await values(await treeNetwork(), [right, arrivals, probabilities]);
    const files = ['linear_right', 'linear_arrive', 'linear_output'];
    for (const [i, file] of files.entries())
      expect(apart(found[i]!, await array(`prototree/${file}.npy`)), file).toBeLessThan(1e-4);
    const chosen = Array.from({ length: 12 }, (_, n) =>
      greedyLeaf(tree, (prototype) => found[0]!.data[n * 7 + prototype]!),
    );
    const leafNodes = [3, 4, 6, 7, 10, 11, 13, 14];
    expect(chosen.map((leaf) => leafNodes[leaf])).toEqual(await ints('prototree/linear_greedy_leaf.npy'));
  });

  it('has the published gradients, and updates its leaves without one', async () => {
    const graph = await treeNetwork();
    const shapes = await probe(graph, graph.inputs[0]!, [3, 48, 48], engine);
    const labels = await ints('data/y.npy');
    const x = await array('data/x.npy');
    const feeds = (from: number, to: number) => ({
      x: float32(x.data.subarray(from * 6912, to * 6912), [to - from, 3, 48, 48]),
      [names.targets]: float32(
        labels.slice(from, to).flatMap((own) => [0, 1, 2].map((k) => Number(k === own))),
        [to - from, 3],
      ),
      [names.weights]: float32(
        labels.slice(from, to).map(() => 1 / (to - from)),
        [to - from, 1],
      ),
    });
    const frozen = (parameter: string) => parameter === treeNames.leaves;
    const { builder, inputs, gradients } = differentiate(graph, shapes, softmaxCrossEntropy, 'cpu', frozen);
    const outputs = [names.loss, ...gradients.values()].map((name) => ({ name, type: 'float32' as const }));
    const program = await engine.compile(builder.finish(inputs, outputs));
    const found = await program.run(feeds(0, 12));
    await program.dispose();
    expect(found[names.loss]!.data[0]).toBeCloseTo(1.1526096938638903, 4);
    for (const [parameter, file] of [['vectors', 'prototype_vectors']] as const) {
      const want = await array(`prototree/grad/${file}.npy`);
      expect(apart(found[gradients.get(parameter)!] as Tensor, want)).toBeLessThan(5e-4);
    }
    const hyper = { momentum: 0.9, decay: 0 };
    const phase = { pace: () => 0, rules: [leafRule] };
    const step = trainingStep(graph, shapes, softmaxCrossEntropy, optimisers.sgd!, hyper, 'cpu', phase);
    const carried = await engine.compile(step.graph, { carry: step.carry, state: step.state });
    const want = await array('prototree/linear_leaf_update.npy');
    for (let batch = 0; batch < 6; batch++) {
      const from = 5 * (batch % 3);
      await carried.run({
        ...feeds(from, Math.min(12, from + 5)),
        ...scalarFeeds(optimisers.sgd!, batch + 1, 0, hyper, step.paces),
        [names.first]: scalar(Number(batch % 3 === 0)),
        [names.steps]: scalar(3),
      });
      const leaves = (await carried.state())[treeNames.leaves] as Tensor;
      const row = { data: want.data.subarray(24 * batch, 24 * batch + 24), shape: [8, 3] };
      expect(apart(leaves, row), `batch ${batch}`).toBeLessThan(1e-4);
    }
    await carried.dispose();
  });

  it.each([
    [0.45, [2, 4, 5, 7]],
    [0.7, [2, 5, 7]],
  ])('keeps the published leaves when pruned at %d', async (threshold, leaves) => {
    // `leaf_max` of the manifest.
    const largest = [0.3431, 0.3406, 0.869, 0.3459, 0.515, 0.8659, 0.3464, 0.7992];
    expect(leavesOf(prunedTree(tree, largest, threshold))).toEqual(leaves);
  });

  it.each([
    ['any class', 'all'],
    ['a class of a leaf below', 'cs'],
  ])('is projected on the published patches of %s', async (_, kind) => {
    const [distances] = await values(await treeNetwork(), ['distances']);
    const leaves = await array('prototree/leaf_params.npy');
    const classOf = (leaf: number) => {
      const row = Array.from(leaves.data.subarray(3 * leaf, 3 * leaf + 3));
      return row.indexOf(Math.max(...row));
    };
    const below = branchesOf(tree).map((branch) => leavesOf(branch).map(classOf));
    const allows = (p: number, label: number) => kind === 'all' || below[p]!.includes(label);
    const places = nearestPlaces(distances!, await ints('data/y.npy'), allows);
    const found = places.flatMap((place) => [place!.image, place!.row, place!.column]);
    expect(found).toEqual(await ints(`prototree/project_${kind}_index.npy`));
  });
});

describe('pruning a tree', () => {
  it('removes a branch below the root, and keeps a tree in which no leaf decides', () => {
    const tree = fullTree(2);
    expect(leavesOf(prunedTree(tree, [0.1, 0.1, 0.9, 0.8], 0.5))).toEqual([2, 3]);
    expect(prunedTree(tree, [0.1, 0.1, 0.1, 0.1], 0.5)).toEqual(tree);
  });
});
