import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { attribute } from '../../attribution/attribute.js';
import type { GivenOptions } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { type Attributes, ints, string } from '../../graph/attributes.js';
import { startGraph } from '../../graph/builder.js';
import { float32, numbers } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { architecture } from '../../model/architectures/architecture.js';
import { batchNorm, conv, dense, globalAveragePool, relu } from '../../model/architectures/layers.js';
import type { Classifier } from '../../model/classifier.js';
import { classifierOf, loadClassifier } from '../../model/load.js';
import { predict } from '../../model/predict.js';
import { train } from '../../model/training/train.js';
import { readNpy } from '../../tensor/npy.js';
import { type Tensor, toFloat32 } from '../../tensor/tensor.js';
import { networks } from '../../testing/networks/index.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import { exampleTask } from '../../testing/training-task.js';
import { checkEngine, type EngineCheck } from '../check.js';
import type { Engine } from '../engine.js';
import { onnxRuntime } from '../onnxruntime.js';

const [cpu, gpu] = [onnxRuntime(), onnxRuntime('webgpu')];
let check: EngineCheck;
beforeAll(async () => {
  check = await checkEngine('webgpu');
  if (!check.works) console.log(`WebGPU is not tried: ${check.says}`);
});
// CI installs Chromium with its software driver, so WebGPU must work there.
beforeEach(({ skip }) => skip(!check.works && process.env.CI !== 'true', check.says));

const table: string[] = [];
afterAll(async () => {
  await Promise.all([cpu.dispose(), gpu.dispose()]);
  console.log(['model | method | relative error against the CPU', ...table].join('\n'));
});

const methods: readonly (readonly [string, GivenOptions])[] = [
  ['gradient', {}],
  ['guided-backprop', {}],
  ['gradcam', {}],
  ['integrated-gradients', { steps: 3 }],
  ['vargrad', { samples: 3 }],
  ['lrp', { composite: 'epsilon-plus' }],
  ['lrp', { composite: 'epsilon-gamma-box', low: -3, high: 3 }],
  ['lrp', { composite: 'alpha2-beta1' }],
  ['deeplift', {}],
  ['rise', { masks: 12, cells: 4 }],
  ['occlusion', { window: 4, stride: 4 }],
];

/** Compares the attributions of some samples on both engines. */
async function compare(
  name: string,
  model: Classifier,
  input: Tensor,
  method: string,
  options: GivenOptions,
) {
  const targets = Array.from({ length: input.shape[0]! }, (_, i) => i % 2);
  const onCpu = await attribute(model, method, input, targets, options);
  const onGpu = await attribute(
    { ...model, engine: gpu, precision: 'float32' },
    method,
    input,
    targets,
    options,
  );
  expect(onGpu.map.shape).toEqual(onCpu.map.shape);
  const error = relativeError(onGpu.map.data, onCpu.map.data);
  table.push([name, `${method} ${options.composite ?? ''}`.trim(), error.toExponential(1)].join(' | '));
  expect(error).toBeLessThan(1e-3);
  // Bitwise equal maps would mean that the GPU did not run.
  expect(error).toBeGreaterThan(0);
}

function relativeError(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference += (got[i]! - expected[i]!) ** 2;
    size += expected[i]! ** 2;
  }
  expect(size).toBeGreaterThan(0);
  return Math.sqrt(difference / size);
}

describe('WebGPU', () => {
  it('runs a small graph', () => {
    expect(check).toEqual({ works: true, says: expect.stringMatching(/^ran a small graph in/) });
  });

  describe.each(['dense', 'mobile', 'efficient'])('agrees with the CPU on a small %s network', (name) => {
    const random = seededRandom(name);
    const input = {
      data: Float32Array.from({ length: 2 * 192 }, () => random.normal()),
      shape: [2, 3, 8, 8],
    };
    const loaded = classifierOf(networks[name]!(), name, { engine: cpu, precision: 'float32' });
    it.each(methods)('%s %o', async (method, options) => {
      await compare(name, await loaded, input, method, options);
    });
  });

  describe.skipIf(!sharedIsThere)('agrees with the CPU on a reference network', () => {
    const chosen = methods.filter(([method]) => ['gradient', 'lrp', 'deeplift'].includes(method)).slice(0, 2);
    const cases = ['vgg/model_fold', 'resnet18t/model_bn'].flatMap((file) =>
      chosen.map(([method, options]) => [file, method, options] as const),
    );
    it.each(cases)('%s: %s %o', { timeout: 300_000 }, async (file, method, options) => {
      const model = await loadClassifier(sharedPath('golden', `${file}.onnx`), {
        engine: cpu,
        precision: 'float32',
      });
      const input = toFloat32(await readNpy(sharedPath('golden', file.split('/')[0]!, 'x.npy')));
      await compare(file, model, input, method, options);
    });
  });

  it('loads a model as the CPU does', async () => {
    const onGpu = await classifierOf(networks.mobile!(), 'mobile', { engine: gpu });
    const onCpu = await classifierOf(networks.mobile!(), 'mobile', { engine: cpu });
    expect(onGpu.shapes).toEqual(onCpu.shapes);
    const input = { data: new Float32Array(192).fill(0.3), shape: [1, 3, 8, 8] };
    const [got, expected] = [await predict(onGpu, input), await predict(onCpu, input)];
    expect(relativeError(got.data, expected.data)).toBeLessThan(1e-5);
  });

  it('trains as the CPU does, with its weights in device buffers', async () => {
    const normalised = architecture({
      name: 'normalised',
      doc: 'A convolution with batch normalisation.',
      options: {},
      build(net, image, classes) {
        const layer = batchNorm(net, 'norm', conv(net, 'conv', image, { channels: 4 }));
        return dense(net, 'logits', globalAveragePool(net, 'mean', relu(net, 'relu', layer)), classes);
      },
    });
    const given = { architecture: normalised, epochs: 2, batch: 4, augment: 'none', optimiser: 'adamw' };
    const trained = (engine: Engine) => train(exampleTask(8, 12), given, { engine, run: quietly });
    const [onCpu, onGpu] = [await trained(cpu), await trained(gpu)];
    for (const [name, constant] of onCpu.graph.initializers) {
      const found = numbers(onGpu.graph.initializers.get(name)!);
      for (const [i, value] of numbers(constant).entries()) expect(found[i], name).toBeCloseTo(value, 4);
    }
  });

  const convolutions: readonly (readonly [string, number, number, number, number, Attributes])[] = [
    ['a kernel as large as its input, padded behind', 2, 4, 2, 2, { pads: ints([0, 0, 1, 1]) }],
    ['the same along one axis', 2, 4, 2, 2, { pads: ints([0, 0, 0, 2]) }],
    ['the same with a stride', 2, 4, 3, 3, { pads: ints([0, 0, 3, 3]), strides: ints([2, 2]) }],
    ['the same by auto_pad', 2, 4, 2, 2, { auto_pad: string('SAME_UPPER') }],
    ['six channels to eight', 6, 8, 3, 5, { pads: ints([1, 1, 1, 1]) }],
    ['nine channels to four, with a stride', 9, 4, 3, 7, { strides: ints([2, 2]) }],
  ];
  it.each(convolutions)(
    'computes convolutions correctly: %s',
    async (_, inputs, outputs, kernel, size, attributes) => {
      const random = seededRandom('kernel');
      const draw = (shape: readonly number[]) =>
        float32(
          Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal()),
          shape,
        );
      const b = startGraph('convolution');
      const weights = b.constant(draw([outputs, inputs, kernel, kernel]));
      b.emit('Conv', ['x', weights], { kernel_shape: ints([kernel, kernel]), ...attributes }, 'y');
      const graph: Graph = b.finish(
        [{ name: 'x', type: 'float32', shape: ['N', inputs, size, size] }],
        [{ name: 'y', type: 'float32' }],
      );
      const x = draw([2, inputs, size, size]);
      const [expected, got] = await Promise.all(
        [cpu, gpu].map(async (engine) => (await (await engine.compile(graph)).run({ x })).y!),
      );
      expect(got!.shape).toEqual(expected!.shape);
      expect(relativeError(numbers(got!), numbers(expected!))).toBeLessThan(1e-5);
    },
  );
});
