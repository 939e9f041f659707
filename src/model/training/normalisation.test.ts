import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type GivenOptions, readOptions } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { float32, scalar } from '../../graph/elements.js';
import type { Constant, Graph } from '../../graph/graph.js';
import { writeOnnx } from '../../graph/write.js';
import { exportedResNet } from '../../testing/exported-networks.js';
import { exampleTask } from '../../testing/training-task.js';
import { buildNetwork } from '../architectures/architecture.js';
import { transfer } from '../architectures/transfer.js';
import { batchOf, measureNormalisation } from './batches.js';
import { train } from './train.js';

vi.setConfig({ testTimeout: 60_000 });
const engine = onnxRuntime();
const context = { engine, run: quietly };
afterAll(async () => {
  await engine.dispose();
  await rm(folder, { recursive: true });
});

const own = { mean: [0.5, 0.4, 0.3], std: [0.25, 0.5, 0.2] };
const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const saying = (graph: Graph): Graph => ({
  ...graph,
  metadata: { sightline: JSON.stringify({ normalisation: own }) },
});
/** The network behind a layer that rescales bytes, as Keras has it. */
function rescaling(graph: Graph): Graph {
  const nodes = graph.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map((name) => (name === 'input' ? 'rescaled' : name)),
  }));
  const inputs = ['input', 'factor'];
  const first = { op: 'Mul', domain: '', name: 'rescale', inputs, outputs: ['rescaled'], attributes: {} };
  const initializers = new Map<string, Constant>([...graph.initializers, ['factor', scalar(1 / 255)]]);
  return { ...graph, nodes: [first, ...nodes], initializers };
}

const task = exampleTask(8, 16, 3);
const given = { epochs: 1, batch: 8, hide: 0 };
const transferring = { ...given, architecture: 'transfer', backboneRate: 0 };
const drawn = { ...given, architecture: 'cnn', width: 2 };
let folder = '';
let paths: Readonly<Record<'silent' | 'saying' | 'bytes' | 'weights', string>>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-'));
  const at = (name: string) => join(folder, `${name}.onnx`);
  paths = { silent: at('silent'), saying: at('saying'), bytes: at('bytes'), weights: at('weights') };
  await writeOnnx(paths.silent, exportedResNet());
  await writeOnnx(paths.saying, saying(exportedResNet()));
  await writeOnnx(paths.bytes, rescaling(exportedResNet()));
  await writeOnnx(paths.weights, saying((await train(task, drawn, context)).graph));
});

describe('the normalisation of a training', () => {
  const measured = measureNormalisation(task.train);
  it.each([
    ['of a backbone is what its file says', 'saying', transferring, {}, own],
    ['of a backbone is what was stated', 'silent', transferring, { normalisation: 'imagenet' }, imagenet],
    ['may be stated in numbers', 'silent', transferring, { normalisation: own }, own],
    ['makes bytes for a backbone that rescales them', 'bytes', transferring, {}, bytes()],
    ['is measured where nothing states it', 'silent', transferring, {}, measured],
    ['is that of the weights it begins with', 'weights', drawn, {}, own],
    ['of a new network may be stated', undefined, drawn, { normalisation: 'imagenet' }, imagenet],
    ['of a new network is measured', undefined, drawn, {}, measured],
  ] as const)('%s', async (_title, file, options, more, expected) => {
    const path = file && paths[file];
    const from = options === drawn ? { weights: path ?? '' } : { backbone: path };
    const { graph, normalisation } = await train(task, { ...options, ...from, ...more }, context);
    expect(normalisation).toEqual(expected);
    expect(JSON.parse(graph.metadata.sightline!).normalisation).toEqual(expected);
  });

  it.each([
    ['silent', { ...transferring }, 'backbone', /silent\.onnx states no normalisation: .* training images/],
    ['silent', { ...transferring, normalisation: 'imagenet' }, 'backbone', undefined],
    ['saying', { ...transferring }, 'backbone', undefined],
    ['weights', { ...drawn }, 'weights', undefined],
  ] as const)('is told where it is measured for a file: %s %o', async (file, options, role, expected) => {
    const notes: string[] = [];
    const onNote = (line: string) => void notes.push(line);
    await train(task, { ...options, [role]: paths[file] }, { ...context, onNote });
    expect(notes).toEqual(expected ? [expect.stringMatching(expected)] : []);
  });

  it('is refused where the file says another, or images have other channels', async () => {
    const started = (options: GivenOptions, of = task) => train(of, options, context);
    await expect(
      started({ ...transferring, backbone: paths.saying, normalisation: 'imagenet' }),
    ).rejects.toThrow(/saying\.onnx: normalisation is given as mean 0\.485.* and its file says mean 0\.5/);
    await expect(
      started({ ...drawn, weights: paths.weights, normalisation: 'minus-one-one' }),
    ).rejects.toThrow(/weights\.onnx: normalisation is given as mean 0\.5, 0\.5.* its file says mean 0\.5/);
    await expect(started({ ...drawn, normalisation: 'imagenet' }, exampleTask(8))).rejects.toThrow(
      'normalisation imagenet is of 3 channels; the model takes 1',
    );
    await expect(started({ ...drawn, normalisation: 'imagenets' })).rejects.toThrow(
      /normalisation.*auto, \{ mean, std \}/,
    );
  });

  it.each(['saying', 'silent'] as const)(
    'shows grey images as colours to a file that is %s',
    async (file) => {
      const stated = file === 'saying' ? own : imagenet;
      const options = readOptions(transfer.options, { backbone: paths[file] }, 'transfer');
      const asked = {
        image: [1, 16, 16],
        normalisation: file === 'saying' ? 'auto' : 'imagenet',
        engine,
      } as const;
      const { build, normalisation } = (await transfer.read!(options, asked))!;
      expect(normalisation).toEqual({ mean: [stated.mean[0]], std: [stated.std[0]] });
      const random = seededRandom('grey');
      const graph = buildNetwork({ ...transfer, build }, [1, 16, 16], 7, { backbone: paths[file] }, random);
      const head = ['weight', 'bias'].map((part) => [
        `logits.${part}`,
        exportedResNet().initializers.get(`fc.${part}`)!,
      ]) as [string, Constant][];
      const same = { ...graph, initializers: new Map([...graph.initializers, ...head]) };
      const { image } = exampleTask(8).train[0]!;
      const colours = {
        data: new Float32Array([0, 0, 0].flatMap(() => [...image.data])),
        shape: [3, 16, 16],
      };
      const [grey, coloured] = [batchOf([image], normalisation!), batchOf([colours], stated)];
      const [mine, theirs] = [await engine.compile(same), await engine.compile(exportedResNet())];
      const { logits } = await mine.run({ image: float32(grey.data as Float32Array, grey.shape) });
      const { output } = await theirs.run({ input: float32(coloured.data as Float32Array, coloured.shape) });
      for (const [i, value] of output!.data.entries()) expect(logits!.data[i]).toBeCloseTo(Number(value), 4);
      await Promise.all([mine.dispose(), theirs.dispose()]);
    },
  );
});

function bytes() {
  return { mean: [0, 0, 0], std: Array(3).fill(1 / 255) };
}
