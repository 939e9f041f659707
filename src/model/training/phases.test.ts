import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { quietly } from '../../base/run.js';
import type { Task } from '../../data/sample.js';
import type { Engine } from '../../engine/engine.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { float32 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import type { Tensor } from '../../tensor/tensor.js';
import { exampleTask } from '../../testing/training-task.js';
import { temporaryTree } from '../../testing/tree.js';
import { classifierOf } from '../load.js';
import {
  type PartNetwork,
  type PrototypeNetwork,
  type PrototypeTree,
  prototypesOf,
} from '../prototypes/prototype.js';
import { branchesOf, leavesOf } from '../prototypes/tree.js';
import { batchOf } from './batches.js';
import { evaluate } from './evaluate.js';
import type { History } from './history.js';
import { names } from './step.js';
import { type Trained, train } from './train.js';

vi.setConfig({ testTimeout: 60_000 });
const engine = onnxRuntime();
afterAll(() => engine.dispose());
const context = { engine, run: quietly };

const options = {
  architecture: 'protopnet',
  prototypes: 3,
  depth: 8,
  lastEpochs: 3,
  epochs: 8,
  batch: 8,
  rate: 0.01,
  hide: 0,
};
const parameters = ({ initializers }: Graph) => [...initializers].map(([name, { data }]) => [name, data]);
const phasesIn = (history: History) => history.map(({ phase }) => phase);

/** Images with a bright square, and with a flat one: where it lies, a network of prototypes does not see. */
function squares(count: number): Task {
  const task = exampleTask(count);
  const flat = (samples: Task['train']) =>
    samples.map((sample) => {
      const { data, shape } = sample.image;
      return sample.labels[0] === 0
        ? sample
        : { ...sample, image: { data: data.map((v) => Math.min(v, 0.4)), shape } };
    });
  return { ...task, train: flat(task.train), validation: flat(task.validation) };
}

async function featuresOf({ graph, normalisation }: Trained, task: Task): Promise<Tensor> {
  const { features } = prototypesOf(graph, 'it') as PrototypeNetwork;
  const program = await engine.compile({ ...graph, outputs: [{ name: features, type: 'float32' }] });
  const { data, shape } = batchOf(
    task.train.map(({ image }) => image),
    normalisation,
  );
  const found = await program.run({ image: float32(data, shape) });
  await program.dispose();
  return found[features] as Tensor;
}

describe('training in phases', () => {
  it('gives a network whose prototypes are patches of training images of their class', async () => {
    const task = squares(24);
    const trained = await train(task, { ...options, boxes: 'field' }, context);
    expect(trained.history.at(-1)!.train.accuracy).toBe(1);
    expect(new Set(phasesIn(trained.history))).toEqual(new Set(['joint', 'last layer']));
    expect(trained.best.phase).toBe('last layer');
    const { prototypes, vectors } = prototypesOf(trained.graph, 'it') as PrototypeNetwork;
    expect(new Set(prototypes.map((one) => one.class))).toEqual(new Set([0, 1]));
    const features = await featuresOf(trained, task);
    const [, depth, height, width] = features.shape as [number, number, number, number];
    for (const [p, { class: own, patch }] of prototypes.entries()) {
      const image = task.train.findIndex(({ id }) => id === patch!.image);
      expect(task.train[image]!.labels).toEqual([own]);
      expect(patch!.patient).toBe(task.train[image]!.patient);
      const vector = trained.graph.initializers.get(vectors)!.data as Float32Array;
      for (let d = 0; d < depth; d++) {
        const at = ((image * depth + d) * height + patch!.row) * width + patch!.column;
        expect(vector[p * depth + d]).toBeCloseTo(features.data[at]!, 5);
      }
    }
  });

  it.each([
    ['the first', 3],
    ['the second', 9],
  ])('goes on after a stop in %s as if it had not stopped', async (_, last) => {
    const task = squares(16);
    const whole = await train(task, options, context);
    const checkpoint = join(await temporaryTree(), 'checkpoint.npz');
    const stop = new AbortController();
    const onEpoch = (history: History) => history.length === last && stop.abort();
    const run = { ...quietly, signal: stop.signal };
    await expect(
      train(task, options, { engine, run, checkpoint, onEpoch: async (h) => void onEpoch(h) }),
    ).rejects.toThrow('stopped');
    const seen: number[] = [];
    const resumed = await train(task, options, {
      ...context,
      checkpoint,
      onEpoch: (history) => void seen.push(history.length),
    });
    expect(seen[0]).toBe(last + 1);
    expect(parameters(resumed.graph)).toEqual(parameters(whole.graph));
    expect(resumed.history).toEqual(whole.history);
    expect(resumed.graph.metadata).toEqual(whole.graph.metadata);
  });

  it('gives a tree whose branches are patches of training images', async () => {
    const task = squares(24);
    const { lastEpochs: _, prototypes: __, ...shared } = options;
    const given = { ...shared, architecture: 'prototree', levels: 2, epochs: 12, refit: 3, boxes: 'place' };
    const trained = await train(task, given, context);
    expect(trained.history.at(-1)!.train.accuracy).toBe(1);
    const { prototypes, tree, vectors, leaves } = prototypesOf(trained.graph, 'it') as PrototypeTree;
    expect(branchesOf(tree).map(({ prototype }) => prototype)).toEqual([...prototypes.keys()]);
    expect(trained.graph.initializers.get(vectors)!.shape[0]).toBe(prototypes.length);
    expect(trained.graph.initializers.get(leaves)!.shape[0]).toBe(leavesOf(tree).length);
    const ids = task.train.map(({ id }) => id);
    for (const { patch } of prototypes) expect(ids).toContain(patch!.image);
    const model = await classifierOf(trained.graph, 'tree', { engine });
    const scale = { normalisation: trained.normalisation, weights: [1, 1] };
    const { accuracy } = await evaluate(model.graph, engine, task, task.train, scale, quietly);
    expect(accuracy).toBeGreaterThan(0.8);
  });

  it('gives parts that add up to a class with few weights that are not negative', async () => {
    const task = squares(24);
    const { lastEpochs: _, prototypes: __, depth: ___, ...shared } = options;
    const own = { architecture: 'pipnet', backbone: 'cnn', parts: 8, pretrain: 2, warm: 1, side: 8 };
    const trained = await train(task, { ...shared, ...own, epochs: 10 }, context);
    expect(new Set(phasesIn(trained.history))).toEqual(new Set(['pretrain', 'classes', 'joint']));
    expect(trained.history.at(-1)!.train.accuracy).toBeGreaterThan(0.9);
    const { prototypes, weights, scores } = prototypesOf(trained.graph, 'it') as PartNetwork;
    const held = Array.from(trained.graph.initializers.get(weights)!.data, Number);
    expect(held.every((weight) => weight === 0 || weight > 1e-3)).toBe(true);
    const ids = task.train.map(({ id }) => id);
    for (const { patch } of prototypes) {
      expect(ids).toContain(patch!.image);
      expect(patch!.box.slice(2)).toEqual([8, 8]);
    }
    const { graph } = await classifierOf(trained.graph, 'parts', { engine });
    expect(graph.nodes.some(({ op }) => op === 'ThresholdedRelu')).toBe(true);
    const { data, shape } = batchOf(
      task.train.map(({ image }) => image),
      trained.normalisation,
    );
    const outputs = [scores, 'logits'].map((name) => ({ name, type: 'float32' as const }));
    const program = await engine.compile({ ...trained.graph, outputs });
    const found = await program.run({ image: float32(data, shape) });
    await program.dispose();
    for (const [i, score] of (found[scores] as Tensor).data.entries())
      expect(found.logits!.data[i]).toBeCloseTo(Math.log(1 + score ** 2), 4);
  });

  it('lets the alignment of two views rise over the epochs before the classes', async () => {
    const told: number[] = [];
    const listening: Engine = {
      ...engine,
      async compile(graph, compiled) {
        const program = await engine.compile(graph, compiled);
        const run: typeof program.run = (feeds, outputs) => {
          told.push(...((feeds[names.begun]?.data ?? []) as Float32Array));
          return program.run(feeds, outputs);
        };
        return { ...program, run };
      },
    };
    const { batch, hide } = options;
    const own = { architecture: 'pipnet', backbone: 'cnn', parts: 8, pretrain: 4, warm: 1, epochs: 1 };
    await train(squares(16), { batch, hide, ...own }, { ...context, engine: listening });
    expect([...new Set(told)]).toEqual([0.25, 0.5, 0.75, 1]);
  });

  it.each(['protopnet', 'pipnet'])('refuses several labels for an image: %s', async (architecture) => {
    const task = { ...exampleTask(8), multiLabel: true };
    const given = architecture === 'protopnet' ? options : { architecture, epochs: 1 };
    await expect(train(task, given, context)).rejects.toThrow(
      'a network of prototypes takes images of one class each; this task has several labels for an image',
    );
  });
});
