import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { extend } from '../../graph/builder.js';
import { float32, scalar } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { readOnnx } from '../../graph/read.js';
import type { Tensor } from '../../tensor/tensor.js';
import {
  apart,
  classFeeds,
  goldenArray,
  goldenInts,
  goldenPath,
  goldenRun,
  goldenValue,
} from '../../testing/golden/prototypes.js';
import { sharedIsThere } from '../../testing/shared.js';
import { probe } from '../probe.js';
import { softmaxCrossEntropy } from '../training/loss.js';
import { optimisers } from '../training/optimisers/registry.js';
import { differentiate, names, scalarFeeds, trainingStep } from '../training/step.js';
import { placeBox } from './boxes.js';
import { leafShares, normalisedRows } from './leaf-update.js';
import { nearestPlaces } from './nearest.js';
import { squaredDistances } from './similarity.js';
import { arrivalsAt, branchesOf, fullTree, greedyLeaf, leavesOf, prunedTree, type Tree } from './tree.js';
import { leafRule, treeHead, treeNames } from './tree-head.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const values = async (graph: Graph, outputs: readonly string[]) =>
  goldenRun(graph, engine, await goldenArray('data/x'), outputs);

describe.skipIf(!sharedIsThere)('a ProtoTree', () => {
  const tree = fullTree(3);

  const leafNodes = [3, 4, 6, 7, 10, 11, 13, 14];

  /** The published features with a tree on top; `moved` are other prototypes than those before projection. */
  async function treeNetwork(moved = 'prototypes', grown: Tree = tree): Promise<Graph> {
    const read = await readOnnx(goldenPath('prototree/features.onnx'));
    const builder = extend({ ...read, opsets: { '': 20 } });
    const { data, shape } = await goldenArray(`prototree/${moved}`);
    const vectors = builder.constant(float32(data, shape), 'vectors');
    const leaves = await goldenArray('prototree/leaf_params');
    const rows = leavesOf(grown).flatMap((leaf) => [...leaves.data.subarray(3 * leaf, 3 * leaf + 3)]);
    builder.constant(float32(rows, [rows.length / 3, 3]), treeNames.leaves);
    const distances = squaredDistances(builder, read.outputs[0]!.name, vectors, 'distances');
    const logits = treeHead(builder, distances, grown);
    return builder.finish(read.inputs, [{ name: logits, type: 'float32', shape: ['N', 3] }]);
  }

  const changed = ({ data, shape }: Tensor, change: (value: number) => number): Tensor => ({
    data: data.map(change),
    shape,
  });
  const want = (file: string) => goldenArray(`prototree/${file}`);

  it('sends images right, to branches, leaves and classes as published', async () => {
    const { right, arrivals, probabilities, distributions } = treeNames;
    const outputs = ['features', 'distances', 'prototypes.nearest', right, arrivals, probabilities];
    const graph = await treeNetwork();
    const found = await values(graph, [...outputs, treeNames.logits, distributions]);
    const [features, squares, nearest, goes, arrive, classes, logits, leaves] = found as [
      ...[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor],
    ];
    const root = (value: number) => Math.sqrt(value + 1e-14);
    const reached = Array.from({ length: 12 }, (_, n) =>
      arrivalsAt(tree, (prototype) => goes.data[n * 7 + prototype]!),
    );
    const branches = { data: Float32Array.from(reached.flatMap((one) => one.branches)), shape: [12, 7] };
    const own = reached.flatMap((one) => one.leaves);
    expect(apart({ data: Float32Array.from(own), shape: [12, 8] }, arrive)).toBeLessThan(1e-6);
    const cases: readonly (readonly [Tensor, string])[] = [
      [features, 'features'],
      [changed(squares, root), 'distances'],
      [changed(nearest, root), 'min_distances'],
      [goes, 'linear_right'],
      [arrive, 'linear_arrive'],
      [branches, 'linear_arrive_branch'],
      [classes, 'linear_output'],
      [logits, 'log_output'],
      [changed(goes, Math.log), 'log_right'],
      // The published root is reached with log-probability 1, where it should be 0.
      [changed(arrive, (value) => Math.log(value) + 1), 'log_arrive'],
      [changed(branches, (value) => Math.log(value) + 1), 'log_arrive_branch'],
    ];
    for (const [value, file] of cases) expect(apart(value, await want(file)), file).toBeLessThan(1e-4);
    const likeliest = reached.map((one) => one.leaves.indexOf(Math.max(...one.leaves)));
    const greedy = Array.from({ length: 12 }, (_, n) =>
      greedyLeaf(tree, (prototype) => goes.data[n * 7 + prototype]!),
    );
    for (const [chosen, name] of [
      [likeliest, 'sample_max'],
      [greedy, 'greedy'],
    ] as const) {
      const rows = chosen.flatMap((leaf) => [...leaves.data.subarray(3 * leaf, 3 * leaf + 3)]);
      const output = { data: Float32Array.from(rows), shape: [12, 3] };
      for (const kind of ['linear', 'log'] as const) {
        expect(chosen.map((leaf) => leafNodes[leaf])).toEqual(
          await goldenInts(`prototree/${kind}_${name}_leaf`),
        );
        const shown = kind === 'log' ? changed(output, Math.log) : output;
        expect(apart(shown, await want(`${kind}_${name}_output`))).toBeLessThan(1e-5);
      }
    }
  });

  it('has the published loss and gradients', async () => {
    const graph = await treeNetwork();
    const shapes = await probe(graph, graph.inputs[0]!, [3, 48, 48], engine);
    const x = await goldenArray('data/x');
    const frozen = (parameter: string) => parameter === treeNames.leaves;
    const { builder, inputs, gradients } = differentiate(graph, shapes, softmaxCrossEntropy, 'cpu', frozen);
    const outputs = [names.loss, ...gradients.values()].map((name) => ({ name, type: 'float32' as const }));
    const program = await engine.compile(builder.finish(inputs, outputs));
    const labels = await goldenInts('data/y');
    const found = await program.run({ x: float32(x.data, x.shape), ...classFeeds(labels, 3) });
    await program.dispose();
    const loss = await goldenValue<{ linear: number; log: number }>('prototree/nll');
    expect(found[names.loss]!.data[0]).toBeCloseTo(loss.linear, 4);
    expect(found[names.loss]!.data[0]).toBeCloseTo(loss.log, 4);
    const files = [
      ['vectors', 'prototype_vectors'],
      ['add_on.0.weight', 'add_on.0.weight'],
    ] as const;
    for (const [parameter, file] of files) {
      const gradient = found[gradients.get(parameter)!] as Tensor;
      expect(apart(gradient, await want(`grad/${file}`)), file).toBeLessThan(5e-4);
    }
  });

  it.each([
    ['linear', 1],
    // The published variant in logarithms, whose root is reached with probability e.
    ['log', Math.E],
  ])('updates its leaves without a gradient: %s', async (kind, gain) => {
    const graph = await treeNetwork();
    const shapes = await probe(graph, graph.inputs[0]!, [3, 48, 48], engine);
    const labels = await goldenInts('data/y');
    const x = await goldenArray('data/x');
    const hyper = { momentum: 0.9, decay: 0 };
    const phase = { pace: () => 0, rules: [leafRule(gain)] };
    const step = trainingStep(graph, shapes, softmaxCrossEntropy, optimisers.sgd!, hyper, 'cpu', phase);
    const carried = await engine.compile(step.graph, { carry: step.carry, state: step.state });
    const updates = await want(`${kind}_leaf_update`);
    for (let batch = 0; batch < 6; batch++) {
      const from = 5 * (batch % 3);
      const to = Math.min(12, from + 5);
      await carried.run({
        x: float32(x.data.subarray(from * 6912, to * 6912), [to - from, 3, 48, 48]),
        ...classFeeds(labels.slice(from, to), 3),
        ...scalarFeeds(optimisers.sgd!, batch + 1, 0, hyper, step.paces),
        [names.first]: scalar(Number(batch % 3 === 0)),
        [names.steps]: scalar(3),
      });
      const leaves = (await carried.state())[treeNames.leaves] as Tensor;
      const row = { data: updates.data.subarray(24 * batch, 24 * batch + 24), shape: [8, 3] };
      expect(apart(leaves, row), `batch ${batch}`).toBeLessThan(1e-4);
    }
    await carried.dispose();
  });

  it('refits its leaves to the whole set as published', async () => {
    const { arrivals, distributions } = treeNames;
    const [arrive, softmax] = await values(await treeNetwork(), [arrivals, distributions]);
    const labels = await goldenInts('data/y');
    const once = leafShares(arrive!, softmax!, labels);
    expect(apart(once, await want('kontschieder_softmax_leaf_update'))).toBeLessThan(1e-5);
    let shares = await want('leaf_params');
    const classes = matrixProduct(arrive!, normalisedRows(shares));
    expect(apart(classes, await want('kontschieder_norm_output'))).toBeLessThan(1e-5);
    for (let pass = 0; pass < 10; pass++) shares = leafShares(arrive!, normalisedRows(shares), labels);
    expect(apart(shares, await want('kontschieder_norm_leaf_update'))).toBeLessThan(1e-4);
  });

  it.each([0.45, 0.7])('is pruned as published at %d', async (threshold) => {
    const largest = await goldenValue<number[]>('prototree/leaf_max');
    const { distributions, right, probabilities } = treeNames;
    const [leaves] = await values(await treeNetwork(), [distributions]);
    for (const [leaf, value] of largest.entries())
      expect(Math.max(...leaves!.data.subarray(3 * leaf, 3 * leaf + 3))).toBeCloseTo(value, 6);
    const pruned = prunedTree(tree, largest, threshold);
    const kept = await goldenValue<{ leaves: number[]; branches: number[] }>(`prototree/prune_${threshold}`);
    expect(leavesOf(pruned).map((leaf) => leafNodes[leaf])).toEqual(kept.leaves);
    const branchNodes = [0, 1, 2, 5, 8, 9, 12];
    expect(branchesOf(pruned).map(({ prototype }) => branchNodes[prototype])).toEqual(kept.branches);
    const [goes, classes] = await values(await treeNetwork('prototypes', pruned), [right, probabilities]);
    expect(apart(classes!, await want(`prune_${threshold}_output`))).toBeLessThan(1e-5);
    const greedy = Array.from({ length: 12 }, (_, n) =>
      greedyLeaf(pruned, (prototype) => goes!.data[n * 7 + prototype]!),
    );
    expect(greedy.map((leaf) => leafNodes[leaf])).toEqual(
      await goldenValue<number[]>(`prototree/prune_${threshold}_greedy_leaf`),
    );
  });

  it.each([
    ['any class', 'all'],
    ['a class of a leaf below', 'cs'],
  ])('is projected on the published patches of %s', async (_, kind) => {
    const [distances, features] = await values(await treeNetwork(), ['distances', 'features']);
    const leaves = await want('leaf_params');
    const classOf = (leaf: number) => {
      const row = Array.from(leaves.data.subarray(3 * leaf, 3 * leaf + 3));
      return row.indexOf(Math.max(...row));
    };
    const below = branchesOf(tree).map((branch) => leavesOf(branch).map(classOf));
    const allows = (p: number, label: number) => kind === 'all' || below[p]!.includes(label);
    const places = nearestPlaces(distances!, await goldenInts('data/y'), allows).map((place) => place!);
    expect(places.flatMap(({ image, row, column }) => [image, row, column])).toEqual(
      await goldenInts(`prototree/project_${kind}_index`),
    );
    const vectors = places.flatMap(({ image, row, column }) =>
      [...Array(8).keys()].map((d) => features!.data[((image * 8 + d) * 8 + row) * 8 + column]!),
    );
    const moved = { data: Float32Array.from(vectors), shape: [7, 8, 1, 1] };
    expect(apart(moved, await want(`project_${kind}_prototypes`))).toBeLessThan(1e-5);
    const near = { data: Float32Array.from(places, ({ distance }) => Math.sqrt(distance)), shape: [7] };
    expect(apart(near, await want(`project_${kind}_distance`))).toBeLessThan(1e-4);
    const [classes] = await values(await treeNetwork(`project_${kind}_prototypes`), [
      treeNames.probabilities,
    ]);
    // 20 times the published code's own rounding in float32.
    expect(apart(classes!, await want(`project_${kind}_output`))).toBeLessThan(1.9e-3);
    if (kind === 'cs') return;
    const boxes = places.flatMap((place) => {
      const [x, y, width, height] = placeBox({ ...place, rows: 8, columns: 8 }, 48, 48);
      return [y, y + height, x, x + width];
    });
    expect(boxes).toEqual(await goldenInts('prototree/project_all_box'));
  });
});

/** `[N, L]` times `[L, K]`. */
function matrixProduct(a: Tensor, b: Tensor): Tensor {
  const [rows, inner, columns] = [a.shape[0]!, a.shape[1]!, b.shape[1]!];
  const at = (i: number, k: number) =>
    [...Array(inner).keys()].reduce((sum, j) => sum + a.data[i * inner + j]! * b.data[j * columns + k]!, 0);
  const data = Float32Array.from({ length: rows * columns }, (_, i) =>
    at(Math.floor(i / columns), i % columns),
  );
  return { data, shape: [rows, columns] };
}

describe('pruning a tree', () => {
  it('removes a branch below the root, and keeps a tree in which no leaf decides', () => {
    const tree = fullTree(2);
    expect(leavesOf(prunedTree(tree, [0.1, 0.1, 0.9, 0.8], 0.5))).toEqual([2, 3]);
    expect(prunedTree(tree, [0.1, 0.1, 0.1, 0.1], 0.5)).toEqual(tree);
  });
});
