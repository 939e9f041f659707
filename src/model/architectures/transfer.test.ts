import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readOptions } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { float, int, ints } from '../../graph/attributes.js';
import { startGraph } from '../../graph/builder.js';
import { float32, int64 } from '../../graph/elements.js';
import type { Constant, Graph } from '../../graph/graph.js';
import { writeOnnx } from '../../graph/write.js';
import { sizeOf } from '../../tensor/tensor.js';
import { exampleTask } from '../../testing/training-task.js';
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
  await writeOnnx(path, exported());
});
afterAll(async () => {
  await engine.dispose();
  await rm(folder, { recursive: true });
});

/**
 * A small residual network as torch exports torchvision's, before it folds BatchNormalizations: their layer
 * names, a fixed batch of 1, seven classes.
 */
function exported(): Graph {
  const builder = startGraph('main_graph');
  const random = seededRandom('exported');
  const drawn = (name: string, ...shape: number[]) =>
    builder.constant(
      float32(
        Float32Array.from({ length: sizeOf(shape) }, () => 0.3 * random.normal()),
        shape,
      ),
      name,
    );
  const level = (name: string, value: number) =>
    builder.constant(float32(new Float32Array(4).fill(value)), name);
  const conv = (name: string, x: string, channels: number) =>
    builder.emit('Conv', [x, drawn(`${name}.weight`, 4, channels, 3, 3)], {
      ...{ kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]), strides: ints([1, 1]) },
      ...{ dilations: ints([1, 1]), group: int(1) },
    });
  const norm = (name: string, x: string) =>
    builder.emit(
      'BatchNormalization',
      [
        x,
        ...[level(`${name}.weight`, 1.5), level(`${name}.bias`, 0.2)],
        ...[level(`${name}.running_mean`, 0.1), level(`${name}.running_var`, 2)],
      ],
      { epsilon: float(1e-5), momentum: float(0.9) },
    );
  const stem = builder.emit('Relu', [norm('bn1', conv('conv1', 'input', 3))]);
  const first = builder.emit('Relu', [norm('layer1.0.bn1', conv('layer1.0.conv1', stem, 4))]);
  const sum = builder.emit('Relu', [
    builder.add(norm('layer1.0.bn2', conv('layer1.0.conv2', first, 4)), stem),
  ]);
  const pooled = builder.emit('GlobalAveragePool', [sum]);
  const flat = builder.emit('Reshape', [pooled, builder.constant(int64([1, 4]))]);
  const fc = [drawn('fc.weight', 7, 4), drawn('fc.bias', 7)];
  builder.emit('Gemm', [flat, ...fc], { transB: int(1) }, 'output');
  return builder.finish(
    [{ name: 'input', type: 'float32', shape: [1, 3, 16, 16] }],
    [{ name: 'output', type: 'float32', shape: [1, 7] }],
  );
}

/** A ConvNeXt of two blocks as torch exports timm's: depthwise convolutions and an open batch. */
function exportedConvNext(): Graph {
  const builder = startGraph('main_graph');
  const random = seededRandom('convnext');
  const drawn = (name: string, ...shape: number[]) =>
    builder.constant(
      float32(
        Float32Array.from({ length: sizeOf(shape) }, () => 0.3 * random.normal()),
        shape,
      ),
      name,
    );
  const conv = (name: string, x: string, [outputs, inputs, side]: number[], stride: number, group: number) =>
    builder.emit(
      'Conv',
      [x, drawn(`${name}.weight`, outputs!, inputs!, side!, side!), drawn(`${name}.bias`, 4)],
      {
        ...{ kernel_shape: ints([side!, side!]), strides: ints([stride, stride]), group: int(group) },
        ...{ pads: ints(Array(4).fill(group > 1 ? side! >> 1 : 0)), dilations: ints([1, 1]) },
      },
    );
  let x = conv('stem.0', 'input', [4, 3, 4], 4, 1);
  for (const block of [0, 1]) {
    const name = `stages.0.blocks.${block}`;
    const mixed = builder.transpose(conv(`${name}.conv_dw`, x, [4, 1, 7], 1, 4), [0, 2, 3, 1]);
    const norm = [drawn(`${name}.norm.weight`, 4), drawn(`${name}.norm.bias`, 4)];
    const normed = builder.emit('LayerNormalization', [mixed, ...norm], {
      axis: int(-1),
      epsilon: float(1e-6),
    });
    const hidden = builder.add(builder.matMul(normed, drawn(`${name}.fc1`, 4, 8)), drawn(`${name}.b1`, 8));
    const shrunk = builder.matMul(builder.emit('Gelu', [hidden]), drawn(`${name}.fc2`, 8, 4));
    const scaled = builder.mul(builder.transpose(shrunk, [0, 3, 1, 2]), drawn(`${name}.gamma`, 1, 4, 1, 1));
    x = builder.add(scaled, x);
  }
  const flat = builder.emit('Flatten', [builder.emit('GlobalAveragePool', [x])], { axis: int(1) });
  const head = [drawn('head.fc.weight', 7, 4), drawn('head.fc.bias', 7)];
  builder.emit('Gemm', [flat, ...head], { transB: int(1) }, 'output');
  return builder.finish(
    [{ name: 'input', type: 'float32', shape: ['batch', 3, 16, 16] }],
    [{ name: 'output', type: 'float32', shape: ['batch', 7] }],
  );
}

const random = () => seededRandom('head');
const task = exampleTask(24, 16, 3);
const given = { architecture: 'transfer', epochs: 3, batch: 8, rate: 0.02, hide: 0 };
const parametersOf =
  ({ initializers }: Graph) =>
  (name: string) =>
    Array.from((initializers.get(`backbone.${name}`) as Constant).data, Number);
const names = [...exported().initializers.keys()].filter(
  (name) => /weight|bias|running/.test(name) && !name.startsWith('fc'),
);

describe('a network of a file with a new last layer', () => {
  it('keeps all of its weights where the backbone is frozen', async () => {
    const { graph, history } = await train(task, { ...given, backbone: path, backboneRate: 0 }, context);
    const [own, before] = [parametersOf(graph), exported().initializers];
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
    const [own, before] = [parametersOf(graph), exported().initializers];
    const same = (name: string) => String(own(name)) === String(Array.from(before.get(name)!.data, Number));
    expect(names.filter(same)).toEqual(names.filter((name) => name.includes('bn')));
  });

  it('trains its parts one after another from the last to the first', async () => {
    const more = { ...given, epochs: 4, thaw: 1, parts: 3, backbone: path };
    const { history } = await train(task, more, context);
    expect(history.map(({ phase }) => phase)).toEqual(['last layer', 'parts from 3', 'parts from 2', 'all']);
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
    const file = exported();
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
    const build = await transfer.read!(options, [3, 16, 16], engine);
    const graph = buildNetwork({ ...transfer, build: build! }, [3, 16, 16], 7, { backbone: path }, random());
    const head = ['weight', 'bias'].map((part) => [
      `logits.${part}`,
      exported().initializers.get(`fc.${part}`)!,
    ]) as [string, Constant][];
    const same = { ...graph, initializers: new Map([...graph.initializers, ...head]) };
    const image = float32(
      Float32Array.from({ length: 768 }, (_, i) => Math.sin(i * i)),
      [1, 3, 16, 16],
    );
    const [own, theirs] = [await engine.compile(same), await engine.compile(exported())];
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
      'takes inputs of shape [1,3,16,16]; got [batch,3,12,12]',
    );
  });
});
