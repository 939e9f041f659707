import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { ints } from '../../graph/attributes.js';
import { type Builder, startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { classifierOf } from '../../model/load.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';
import { attribute } from '../attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const random = seededRandom('blocked methods');
const normal = (shape: readonly number[], scale: number) =>
  float32(
    Float32Array.from({ length: sizeOf(shape) }, () => scale * random.normal()),
    shape,
  );

function convolved(b: Builder, x: string, shape: readonly [number, number, number, number], stride: number) {
  const [outputs, inputs, kernel] = shape;
  const pad = (kernel - 1) / 2;
  const weights = normal(shape, 1 / Math.sqrt(inputs * kernel * kernel));
  return b.emit('Conv', [x, b.constant(weights), b.constant(normal([outputs], 0.1))], {
    kernel_shape: ints([kernel, kernel]),
    strides: ints([stride, stride]),
    pads: ints([pad, pad, pad, pad]),
  });
}

/** ResNet's stem and two blocks, one with a strided shortcut, at a size for which the engine uses NCHWc. */
function network(): Graph {
  const b = startGraph('residual');
  const relu = (x: string) => b.emit('Relu', [x]);
  const stem = relu(convolved(b, 'image', [16, 3, 7, 7], 2));
  const window = { kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) };
  const pooled = b.emit('MaxPool', [stem], window);
  const first = convolved(b, relu(convolved(b, pooled, [32, 16, 3, 3], 2)), [32, 32, 3, 3], 1);
  const one = relu(b.emit('Add', [first, convolved(b, pooled, [32, 16, 1, 1], 2)]));
  const second = convolved(b, relu(convolved(b, one, [32, 32, 3, 3], 1)), [32, 32, 3, 3], 1);
  const two = relu(b.emit('Add', [second, one]));
  const flat = b.emit('Flatten', [b.emit('GlobalAveragePool', [two])]);
  const logits = b.emit('Gemm', [flat, b.constant(normal([32, 4], 1)), b.constant(normal([4], 0.1))]);
  return b.finish(
    [{ name: 'image', type: 'float32', shape: ['N', 3, 96, 96] }],
    [{ name: logits, type: 'float32', shape: ['N', 4] }],
  );
}

const graph = network();
const input: Tensor = normal([2, 3, 96, 96], 1) as Tensor;

const composites = ['epsilon', 'gamma', 'epsilon-plus', 'epsilon-alpha2-beta1', 'epsilon-gamma-box'];
const cases: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['gradient', {}],
  ['guided-backprop', {}],
  ['deconvolution', {}],
  ['integrated-gradients', { steps: 3 }],
  ['excitation-backprop', {}],
  ...composites.map((composite) => ['lrp', { composite }] as const),
  ['deeplift', {}],
  ['deeplift', { baseline: 'mean' }],
  ['deeplift-shap', {}],
  ['fullgrad', {}],
];

describe('programs for blocked channels in single precision', () => {
  it.each(cases)('explain as plain ones in double: %s %o', async (method, options) => {
    const [single, double] = await Promise.all(
      (['float32', 'float64'] as const).map(async (precision) => {
        const model = await classifierOf(graph, 'residual', { engine, precision });
        return (await attribute(model, method, input, [1, 3], options)).map.data;
      }),
    );
    const size = Math.max(...Array.from(double!, Math.abs));
    const apart = Array.from(single!, (value, i) => Math.abs(value - double![i]!));
    expect(size).toBeGreaterThan(0);
    expect(Math.max(...apart) / size).toBeLessThan(1e-4);
  });
});
