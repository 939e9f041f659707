import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { readOptions } from '../../base/options.js';
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
import type { Phase } from '../recipe.js';
import { batchOf } from '../training/batches.js';
import { train } from '../training/train.js';
import { valuesAt } from '../values-at.js';
import { protopnet } from './protopnet.js';
import { prototree } from './prototree.js';

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

const none = exportedResNet();

describe('a backbone that learns later', () => {
  it('keeps its weights where its rate is 0', async () => {
    const file = exportedResNet();
    const given = { ...shared, ...heads.protopnet, architecture: 'protopnet', backboneRate: 0 };
    const { graph } = await train(task, { ...given, backbone: await written(file) }, context);
    const name = 'layer1.0.conv2.weight';
    expect(weightsOf(graph, `backbone.${name}`)).toEqual(weightsOf(file, name));
  });

  it('keeps its weights while what stands on it warms up', () => {
    const given = { backboneRate: 0.5, warm: 2 };
    for (const phases of [
      protopnet.phases!(readOptions(protopnet.options, given, 'protopnet'), 3),
      prototree.phases!(readOptions(prototree.options, given, 'prototree'), 3),
    ]) {
      const [warm, joint] = phases;
      const paces = (phase: Phase) =>
        ['stem.weight', 'add_on.conv1.weight', 'prototypes.vectors'].map((p) => phase.pace!(p, none));
      expect([warm!.epochs, paces(warm!)]).toEqual([2, [0, 1, 1]]);
      expect([joint!.epochs, paces(joint!)]).toEqual([3, [0.5, 1, 1]]);
    }
  });

  it('is a file or a network of this library', async () => {
    const given = { ...shared, ...heads.pipnet, architecture: 'pipnet' };
    await expect(train(task, { ...given, backbone: 'resnet19' }, context)).rejects.toThrow(
      /backbone.*a file that ends in .onnx/,
    );
  });
});
