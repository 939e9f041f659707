import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { extend, startGraph } from '../../graph/builder.js';
import { float32, scalar } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { readOnnx } from '../../graph/read.js';
import { withoutUnused } from '../../graph/tidy.js';
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
import { differentiate, names } from '../training/step.js';
import { partBox, stepOf } from './boxes.js';
import { strongestPlace } from './nearest.js';
import { partNames, partScores, presenceOf } from './part-head.js';
import { jointFactors, pretrainFactors, withPairs } from './part-losses.js';
import { type Sparser, sparserWeights } from './part-weights.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

/** The published network's features with the head on top. */
async function network(sure: boolean): Promise<Graph> {
  const read = await readOnnx(goldenPath('pipnet/features.onnx'));
  const trunk = withoutUnused({ ...read, outputs: [{ name: 'features', type: 'float32' }] });
  const builder = extend({ ...trunk, opsets: { '': 20 } });
  const { data, shape } = await goldenArray('pipnet/classification_weight');
  builder.constant(float32(data, shape), partNames.weights);
  const logits = partScores(builder, presenceOf(builder, 'features'), sure);
  return builder.finish(read.inputs, [{ name: logits, type: 'float32', shape: ['N', 3] }]);
}

/** Two views of each image in turn, in place of all first views before all second. */
function inTurn({ data, shape }: Tensor): Tensor {
  const [count, ...rest] = shape as [number, ...number[]];
  const size = data.length / count;
  const made = new Float32Array(data.length);
  for (let i = 0; i < count; i++) {
    const from = (i % 2) * (count / 2) + (i >> 1);
    made.set(data.subarray(from * size, (from + 1) * size), i * size);
  }
  return { data: made, shape: [count, ...rest] };
}

const log = ({ data, shape }: Tensor): Tensor => {
  const [, classes] = shape as [number, number];
  const made = data.slice();
  for (let at = 0; at < made.length; at += classes) {
    const row = data.subarray(at, at + classes);
    const sum = Math.log(row.reduce((total, value) => total + Math.exp(value), 0));
    for (const [k, value] of row.entries()) made[at + k] = value - sum;
  }
  return { data: made, shape };
};

describe.skipIf(!sharedIsThere)('a PIP-Net', () => {
  it('has the published presences, scores and confidences', async () => {
    const x = await goldenArray('data/x');
    const { maps, presence, scores, logits } = partNames;
    const found = await goldenRun(await network(false), engine, x, [
      ...['features', maps, presence, scores, logits],
    ]);
    const files = ['features', 'prototype_maps', 'pooled', 'scores_train', 'normalised_train'];
    for (const [i, file] of files.entries())
      expect(apart(found[i]!, await goldenArray(`pipnet/${file}`)), file).toBeLessThan(1e-5);
    expect(apart(log(found[4]!), await goldenArray('pipnet/log_softmax_train'))).toBeLessThan(1e-5);
    const [sure] = await goldenRun(await network(true), engine, x, [scores]);
    expect(apart(sure!, await goldenArray('pipnet/scores_inference'))).toBeLessThan(1e-5);
    const clamped = { ...found[2]!, data: found[2]!.data.map((value) => (value > 0.1 ? value : 0)) };
    expect(apart(clamped, await goldenArray('pipnet/pooled_inference'))).toBeLessThan(1e-5);
  });

  it('has the published losses and gradients on pairs of views', async () => {
    const graph = await network(false);
    const [first, second] = [await goldenArray('data/pairs_view1'), await goldenArray('data/pairs_view2')];
    const both = {
      data: Float32Array.from([...first.data, ...second.data]),
      shape: [12, ...first.shape.slice(1)],
    };
    const x = inTurn(both);
    const { maps, presence, scores } = partNames;
    const values = await goldenRun(graph, engine, x, [maps, presence, scores]);
    for (const [i, file] of ['pairs_maps', 'pairs_pooled', 'pairs_scores'].entries())
      expect(apart(values[i]!, inTurn(await goldenArray(`pipnet/${file}`))), file).toBeLessThan(1e-5);
    const shapes = await probe(graph, graph.inputs[0]!, [3, 48, 48], engine);
    const labels = (await goldenInts('data/y')).slice(0, 6).flatMap((label) => [label, label]);
    const losses = await goldenValue<Record<string, number>>('pipnet/losses');
    const cases = [
      [jointFactors, losses.total_train, ['classification.weight', '_net.features.3.weight']],
      [pretrainFactors, losses.total_pretrain_last_epoch, []],
      [pretrainFactors, 0.25 * losses.align! + 5 * losses.tanh!, [], 0.25],
      [{ align: 1, spread: 0, classes: 0 }, losses.align, ['align__net.features.3.weight']],
      [{ align: 0, spread: 1, classes: 0 }, losses.tanh, []],
    ] as const;
    const ofEpoch = { name: names.begun, type: 'float32', shape: [] } as const;
    for (const [factors, want, files, begun = 1] of cases) {
      const loss = withPairs(softmaxCrossEntropy, factors);
      const { builder, inputs, gradients } = differentiate(graph, shapes, loss, 'cpu');
      const outputs = [names.loss, ...gradients.values()].map((name) => ({
        name,
        type: 'float32' as const,
      }));
      const program = await engine.compile(builder.finish([...inputs, ofEpoch], outputs));
      const feeds = { x: float32(x.data, x.shape), ...classFeeds(labels, 3), [names.begun]: scalar(begun) };
      const found = await program.run(feeds);
      await program.dispose();
      expect(found[names.loss]!.data[0]).toBeCloseTo(want!, 4);
      for (const file of files) {
        const own = file === 'classification.weight';
        const layer = [...gradients.keys()].find((name) => name.endsWith('features.3.weight'))!;
        const { data, shape } = found[gradients.get(own ? partNames.weights : layer)!] as Tensor;
        // The published weights pass a rectifier: the step leaves those of zero as they are.
        const weights = graph.initializers.get(partNames.weights)!.data;
        const gradient = own ? data.map((value, i) => (weights[i] === 0 ? 0 : value)) : data;
        expect(apart({ data: gradient, shape }, await goldenArray(`pipnet/grad/${file}`)), file).toBeLessThan(
          1e-4,
        );
      }
    }
  });

  it('cuts or shrinks its weights as published', async () => {
    const given = await goldenArray('pipnet/classification_weight');
    const after = async (how: Sparser) => {
      const builder = startGraph('weights');
      const made = builder.alias(sparserWeights(how, builder, 'weight', 'next'), 'made');
      const inputs = ['weight', 'next'].map((name) => ({ name, type: 'float32' as const, shape: [3, 12] }));
      const program = await engine.compile(builder.finish(inputs, [{ name: made, type: 'float32' }]));
      const found = await program.run({
        weight: float32(given.data, given.shape),
        next: float32(given.data, given.shape),
      });
      await program.dispose();
      return found.made as Tensor;
    };
    expect(apart(await after('shrink'), await goldenArray('pipnet/weight_after_clamp'))).toBeLessThan(1e-6);
    const cut = given.data.map((value) => (value < 1e-3 ? 0 : value));
    expect((await after('cut')).data).toEqual(cut);
  });

  it('finds the published places and squares, and breaks ties by rows or by columns', async () => {
    const { data, shape } = await goldenArray('pipnet/prototype_maps');
    const places = Array.from({ length: 144 }, (_, i) =>
      strongestPlace({ data: data.subarray(64 * i, 64 * i + 64), shape: shape.slice(2) }, 'columns'),
    );
    expect(places.flatMap(({ row, column }) => [row, column])).toEqual(await goldenInts('pipnet/location'));
    const corners = ([x, y, width, height]: readonly number[]) => [y!, y! + height!, x!, x! + width!];
    const grid = { rows: 8, columns: 8 };
    const squares = places.flatMap((place) => corners(partBox({ ...place, ...grid }, 48, 48, 32)));
    expect(squares).toEqual(await goldenInts('pipnet/location_box'));
    const ties = await goldenArray('pipnet/cases/tie_maps');
    const tied = (first: 'rows' | 'columns') =>
      [0, 1, 2].flatMap((i) => {
        const map = { data: ties.data.subarray(16 * i, 16 * i + 16), shape: [4, 4] };
        const { row, column } = strongestPlace(map, first);
        return [row, column];
      });
    expect(tied('columns')).toEqual(await goldenInts('pipnet/cases/tie_location'));
    for (const [size, width, patch, skip] of await goldenValue<number[][]>('pipnet/patch_size'))
      expect(stepOf(size!, width!, patch!)).toBe(skip);
    for (const [size, width, row, column, ...want] of await goldenValue<number[][]>('pipnet/coordinates')) {
      const place = { row: row!, column: column!, rows: width!, columns: width! };
      const found = (['at-end', 'as-others'] as const).flatMap((last) =>
        corners(partBox(place, size!, size!, 32, last)),
      );
      expect(found).toEqual(want);
    }
  });
});
