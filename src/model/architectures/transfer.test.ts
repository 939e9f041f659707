import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readOptions } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { float32 } from '../../graph/elements.js';
import type { Constant, Graph } from '../../graph/graph.js';
import { writeOnnx } from '../../graph/write.js';
import { exportedConvNext, exportedResNet } from '../../testing/exported-networks.js';
import { exampleTask, maskedTask } from '../../testing/training-task.js';
import { temporaryTree } from '../../testing/tree.js';
import { train } from '../training/train.js';
import { buildNetwork } from './architecture.js';
import { transfer } from './transfer.js';

vi.setConfig({ testTimeout: 60_000 });
const engine = onnxRuntime();
const context = { engine, run: quietly };
let folder = '';
let path = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-'));
  path = join(folder, 'exported.onnx');
  await writeOnnx(path, exportedResNet());
});
afterAll(async () => {
  await engine.dispose();
  await rm(folder, { recursive: true });
});

const random = () => seededRandom('head');
const task = exampleTask(24, 16, 3);
const given = { architecture: 'transfer', epochs: 3, batch: 8, rate: 0.02, hide: 0 };
const parametersOf =
  ({ initializers }: Graph) =>
  (name: string) =>
    Array.from((initializers.get(`backbone.${name}`) as Constant).data, Number);
const named = (phase: string) => phase || undefined;
const names = [...exportedResNet().initializers.keys()].filter(
  (name) => /weight|bias|running/.test(name) && !name.startsWith('fc'),
);

describe('a network of a file with a new last layer', () => {
  it('keeps all of its weights where the backbone is frozen', async () => {
    const { graph, history } = await train(task, { ...given, backbone: path, backboneRate: 0 }, context);
    const [own, before] = [parametersOf(graph), exportedResNet().initializers];
    for (const name of names) expect(own(name), name).toEqual(Array.from(before.get(name)!.data, Number));
    expect(graph.outputs[0]!.shape).toEqual(['N', 2]);
    expect(history.at(-1)!.train.loss).toBeLessThan(history[0]!.train.loss);
  });

  it('trains on, and learns more than its last layer could', async () => {
    const more = { ...given, epochs: 25, rate: 0.05, backbone: path };
    const frozen = await train(task, { ...more, backboneRate: 0 }, context);
    const trained = await train(task, { ...more, backboneRate: 1 }, context);
    const loss = ({ history }: typeof frozen) => history.at(-1)!.train.loss;
    expect(loss(trained)).toBeLessThan(0.7 * loss(frozen));
  });

  it('trains a network of depthwise convolutions on', async () => {
    const file = join(folder, 'convnext.onnx');
    await writeOnnx(file, exportedConvNext());
    const { graph, history } = await train(task, { ...given, backbone: file, backboneRate: 1 }, context);
    expect(history.at(-1)!.train.loss).toBeLessThan(history[0]!.train.loss);
    const name = 'stages.0.blocks.0.conv_dw.weight';
    const before = exportedConvNext().initializers.get(name)!;
    expect(parametersOf(graph)(name)).not.toEqual(Array.from(before.data, Number));
  });

  it('keeps batch normalisations as they are where these are frozen', async () => {
    const { graph } = await train(task, { ...given, backbone: path, batchNorms: 'frozen' }, context);
    const [own, before] = [parametersOf(graph), exportedResNet().initializers];
    const same = (name: string) => String(own(name)) === String(Array.from(before.get(name)!.data, Number));
    expect(names.filter(same)).toEqual(names.filter((name) => name.includes('bn')));
  });

  it('trains its parts one after another from the last to the first', async () => {
    const more = { ...given, epochs: 4, thaw: 1, parts: 3, backbone: path };
    const { history } = await train(task, more, context);
    expect(history.map(({ phase }) => phase)).toEqual(['last layer', 'parts from 3', 'parts from 2', 'all']);
  });

  it('learns from images without labels before, and goes on the same after a stop', async () => {
    const options = { ...given, epochs: 2, backbone: path, backboneRate: 1, pretrain: 3 };
    const { graph, history } = await train(task, options, context);
    expect(history.map(({ phase }) => phase)).toEqual(
      ['pretrain', 'pretrain', 'pretrain', '', ''].map(named),
    );
    expect(history[2]!.train.loss).toBeLessThan(history[0]!.train.loss);
    expect([...graph.initializers.keys()].filter((name) => name.startsWith('projection'))).toEqual([]);

    const checkpoint = join(await temporaryTree(), 'c.npz');
    const stopping = new Error('stopped');
    const onEpoch = ({ length }: readonly unknown[]) => {
      if (length === 4) throw stopping;
    };
    await expect(train(task, options, { ...context, checkpoint, onEpoch })).rejects.toBe(stopping);
    const resumed = await train(task, options, { ...context, checkpoint });
    expect(resumed.graph.nodes).toEqual(graph.nodes);
    for (const name of names) expect(parametersOf(resumed.graph)(name)).toEqual(parametersOf(graph)(name));
  });

  it('stands on what the last layer of a segmentation network reads', async () => {
    const file = join(folder, 'unet.onnx');
    const marked = maskedTask(12);
    const unet = await train(
      marked,
      { architecture: 'unet', epochs: 1, patch: 0, width: 4, hide: 0 },
      context,
    );
    await writeOnnx(file, unet.graph);
    const { graph } = await train(marked, { ...given, backbone: file, backboneRate: 1 }, context);
    expect(graph.initializers.get('logits.weight')!.shape).toEqual([2, 2 * 4]);
    expect(graph.initializers.has('backbone.logits.weight')).toBe(false);
  });

  it('shows grey images to a network of colours', async () => {
    const grey = await train(exampleTask(24), { ...given, epochs: 1, backbone: path }, context);
    expect(grey.graph.inputs[0]!.shape).toEqual(['N', 1, 16, 16]);
  });

  it('does not go on from a checkpoint where the file holds other weights', async () => {
    const folder = await temporaryTree();
    const backbone = join(folder, 'own.onnx');
    const options = { ...given, epochs: 1, backbone, backboneRate: 0 };
    const started = () => train(task, options, { ...context, checkpoint: join(folder, 'c.npz') });
    const file = exportedResNet();
    await writeOnnx(backbone, file);
    const { history } = await started();
    expect((await started()).history).toEqual(history);
    const bias = float32(Float32Array.of(1, 2, 3, 4), [4]);
    await writeOnnx(backbone, {
      ...file,
      initializers: new Map([...file.initializers, ['layer1.0.bn1.bias', bias]]),
    });
    await expect(started()).rejects.toThrow(/c\.npz belongs to another training \('backboneContent' was/);
  });

  it('gives the features of the file to its last layer', async () => {
    const options = readOptions(transfer.options, { backbone: path }, 'transfer');
    const reading = { image: [3, 16, 16], normalisation: 'auto', engine } as const;
    const { build } = (await transfer.read!(options, reading))!;
    const graph = buildNetwork({ ...transfer, build }, [3, 16, 16], 7, { backbone: path }, random());
    const head = ['weight', 'bias'].map((part) => [
      `logits.${part}`,
      exportedResNet().initializers.get(`fc.${part}`)!,
    ]) as [string, Constant][];
    const same = { ...graph, initializers: new Map([...graph.initializers, ...head]) };
    const image = float32(
      Float32Array.from({ length: 768 }, (_, i) => Math.sin(i * i)),
      [1, 3, 16, 16],
    );
    const [own, theirs] = [await engine.compile(same), await engine.compile(exportedResNet())];
    const { logits } = await own.run({ image });
    const { output } = await theirs.run({ input: image });
    for (const [i, value] of output!.data.entries()) expect(logits!.data[i]).toBeCloseTo(Number(value), 5);
    await Promise.all([own.dispose(), theirs.dispose()]);
  });

  it('says what is wrong with a file or an option', async () => {
    const started = (options: object) => train(task, { ...given, ...options }, context);
    await expect(started({ backbone: path, thaw: 1 })).rejects.toThrow(
      "option 'thaw' got 1; with 4 parts it takes more than 4 epochs (option 'epochs' is 3)",
    );
    await expect(started({ backbone: 'resnet19' })).rejects.toThrow(/backbone.*a file that ends in .onnx/);
    await expect(train(exampleTask(8, 12, 3), { ...given, backbone: path }, context)).rejects.toThrow(
      "takes inputs of shape [1,3,16,16]; the set's images are of 3 channels and 12x12: prepare them with --size 16,16",
    );
  });
});
