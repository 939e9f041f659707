import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { quietly } from '../../base/run.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import type { Graph } from '../../graph/graph.js';
import { writeOnnx } from '../../graph/write.js';
import { exportedConvNext, exportedResNet } from '../../testing/exported-networks.js';
import { exampleTask } from '../../testing/training-task.js';
import { temporaryTree } from '../../testing/tree.js';
import { classifierOf } from '../load.js';
import { layerOf } from '../maps/layer.js';
import { readPrototypes } from '../prototypes/reading.js';
import { batchOf } from '../training/batches.js';
import { train } from '../training/train.js';
import { valuesAt } from '../values-at.js';

vi.setConfig({ testTimeout: 60_000 });
const engine = onnxRuntime();
afterAll(() => engine.dispose());
const context = { engine, run: quietly };
const task = exampleTask(16, 16, 3);

const files = { 'a residual network': exportedResNet(), 'a ConvNeXt': exportedConvNext() };

async function written(graph: Graph): Promise<string> {
  const path = join(await temporaryTree(), 'backbone.onnx');
  await writeOnnx(path, graph);
  return path;
}

const heads = {
  protopnet: { depth: 4, prototypes: 2, lastEpochs: 1, fewest: 0 },
  prototree: { depth: 4, levels: 1 },
  pipnet: { parts: 4, pretrain: 1, warm: 0, side: 4 },
};
const shared = { epochs: 1, batch: 8, rate: 0.02, hide: 0 };
const weightsOf = ({ initializers }: Graph, name: string) => Array.from(initializers.get(name)!.data, Number);

describe.each(Object.keys(files))('%s of a file under prototypes', (name) => {
  const file = files[name as keyof typeof files];
  const first = [...file.initializers.keys()].find((key) => /(conv1|stem\.0)\.weight/.test(key))!;

  it.each(Object.keys(heads))('is read up to its last maps and trains on: %s', async (architecture) => {
    const given = { ...shared, ...heads[architecture as keyof typeof heads], architecture };
    const trained = await train(task, { ...given, backbone: await written(file) }, context);
    expect(weightsOf(trained.graph, `backbone.${first}`)).not.toEqual(weightsOf(file, first));
    const images = task.validation.map(({ image }) => image);
    const input = batchOf(images, trained.normalisation);
    const own = await classifierOf(trained.graph, 'own', { engine });
    const theirs = await classifierOf(withWeightsOf(trained.graph, file), 'theirs', { engine });
    const last = layerOf(theirs, '').value;
    const [a, b] = [await valuesAt(own, `backbone.${last}`, input), await valuesAt(theirs, last, input)];
    expect(a.shape).toEqual(b.shape);
    for (const [i, value] of b.data.entries()) expect(a.data[i]).toBeCloseTo(value, 4);
    const reading = await readPrototypes(own, input);
    expect(reading!.maps.shape.slice(2)).toEqual(b.shape.slice(2));
  });
});

/** The file with the weights that its layers have in a trained network. */
const withWeightsOf = (trained: Graph, file: Graph): Graph => ({
  ...file,
  initializers: new Map(
    [...file.initializers].map(([name, value]) => [
      name,
      trained.initializers.get(`backbone.${name}`) ?? value,
    ]),
  ),
});

describe('a backbone that learns later', () => {
  it('keeps its weights where its rate is 0', async () => {
    const file = exportedResNet();
    const given = { ...shared, ...heads.protopnet, architecture: 'protopnet', backboneRate: 0 };
    const { graph } = await train(task, { ...given, backbone: await written(file) }, context);
    const name = 'layer1.0.conv2.weight';
    expect(weightsOf(graph, `backbone.${name}`)).toEqual(weightsOf(file, name));
  });

  it('keeps its weights while what stands on it warms up', async () => {
    const given = { ...shared, ...heads.protopnet, architecture: 'protopnet', backbone: 'cnn', warm: 1 };
    const phases: string[] = [];
    const onEpoch = (history: readonly { readonly phase?: string }[]) => {
      phases.push(history.at(-1)!.phase!);
    };
    await train(task, given, { ...context, onEpoch });
    expect(phases).toEqual(['warm-up', 'joint', 'last layer']);
  });

  it('says what a network lacks that has no maps', async () => {
    const given = { ...shared, ...heads.pipnet, architecture: 'pipnet' };
    await expect(train(task, { ...given, backbone: 'resnet19' }, context)).rejects.toThrow(
      /backbone.*a file that ends in .onnx/,
    );
  });
});
