import { afterAll, expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { classifierOf } from '../../model/load.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import { tinyModel } from '../../testing/tiny-model.js';
import { scoreMap } from '../score.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const side = 24;
const plane = (value: (y: number, x: number) => number) =>
  Float32Array.from({ length: side * side }, (_, p) => value(Math.floor(p / side), p % side));
const image = plane((y, x) => (y === 0 && x < 2 ? 255 * x : (37 * y * x + 11 * y + x * x) % 256));
const map = plane((y, x) => Math.cos(y / 5) + Math.sin(x / 4 + 1) + (y * x) / 1000);
const weights = plane((y, x) => ((y + x) % 2 === 0 ? 1 : -1) * Math.exp(-((y - 4) ** 2 + (x - 3) ** 2) / 40));
const sum = (values: Float32Array) =>
  values.reduce((all, v, i) => all + (v / 255) * weights[i % weights.length]!, 0);
const whole = sum(image);
const predict = async ({ data, shape }: Tensor): Promise<Tensor> => {
  const logits = Array.from({ length: shape[0]! }, (_, n) =>
    sum(data.subarray(n * image.length, (n + 1) * image.length)),
  );
  return tensor(Float32Array.from(logits.flatMap((one) => [0, 6 * (one / whole - 0.5)])), [shape[0]!, 2]);
};

/**
 * `saliency` 0.2.1 (`metrics.pic.compute_pic_metric`), with its blurred image and its WebP size replaced by a
 * Gaussian blur of the same width and by the entropy of the differences: what is left is its curve.
 */
it.each([
  ['sic', 0.9323151],
  ['aic', 0.9861026],
] as const)('%s is the area under the curve of saliency', async (name, theirs) => {
  const scored = {
    map: tensor(map, [side, side]),
    input: tensor(image, [1, 1, side, side]),
    target: 1,
    predict,
    seed: 0,
    run: quietly,
  };
  expect((await scoreMap(name, scored)).value).toBeCloseTo(theirs, 3);
});

it.each(['probability', 'logit'] as const)('no aic of a quantity is advised by its %s', async (quantity) => {
  const model = await classifierOf(tinyModel(), 'tiny.onnx', { engine, head: 'regression' });
  const values = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(i));
  const size = model.input.shape.reduce((a, b) => a * b);
  const [height, width] = model.input.shape.slice(1) as [number, number];
  const scored = {
    ...{ map: tensor(values(height * width), [height, width]), target: 0, model, seed: 0, run: quietly },
    input: tensor(values(size), [1, ...model.input.shape]),
  };
  await expect(scoreMap('aic', scored, { quantity })).rejects.toThrow(/none of its values is a class/);
});
