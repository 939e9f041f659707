import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { tensorflow } from '../../engine/tensorflow.js';
import type { Classifier } from '../../model/classifier.js';
import { inForm } from '../../model/forms/index.js';
import { classifierOf } from '../../model/load.js';
import { predict } from '../../model/predict.js';
import { stacked } from '../../tensor/rows.js';
import { concatenate, sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';
import { networks } from '../../testing/networks/index.js';
import { normalFrom } from '../../testing/normal.js';
import { tinyModel } from '../../testing/tiny-model.js';
import { attribute } from '../attribute.js';
import { combinationGraph, combinationProgram, type LinearCombinations } from './linear-combinations.js';
import { noiseKeys, noisesOf } from './noise.js';

const [engine, other] = [onnxRuntime(), tensorflow()];
afterAll(() => Promise.all([engine.dispose(), other.dispose()]));

const normal = normalFrom('mixed');

/** `[N, S]` times `[S, ...]` */
function product(matrix: Tensor, { data, shape }: Tensor): Tensor {
  const [count, inner] = matrix.shape as [number, number];
  const size = data.length / inner;
  const out = new Float64Array(count * size);
  for (let n = 0; n < count; n++)
    for (let s = 0; s < inner; s++)
      for (let i = 0; i < size; i++) out[n * size + i]! += matrix.data[n * inner + s]! * data[s * size + i]!;
  return { data: new Float32Array(out), shape: [count, ...shape.slice(1)] };
}

function expectSame(got: Tensor, want: Tensor, tolerance: number) {
  expect(got.shape).toEqual(want.shape);
  const error = Math.hypot(...got.data.map((v, i) => v - want.data[i]!));
  expect(error / Math.hypot(...want.data)).toBeLessThan(tolerance);
}

/** Compares three sums of gradients at five linear combinations of two images with single gradients. */
async function check(model: Classifier, tolerance: number) {
  const mixture: LinearCombinations = {
    sources: normal(2, ...model.input.shape),
    mix: normal(5, 2),
    offset: normal(5, 1),
    targets: [1, 0, 0, 1, 1],
    collect: normal(3, 5),
  };
  const mixed = product(mixture.mix, mixture.sources);
  const size = sizeOf(model.input.shape);
  const inputs = { ...mixed, data: mixed.data.map((v, i) => v + mixture.offset.data[Math.floor(i / size)]!) };
  const { logits, sums } = await (await combinationProgram(model)).run(mixture, true);
  expectSame(logits!, await predict(model, inputs), tolerance);
  const { map } = await attribute(model, 'gradient', inputs, mixture.targets);
  expectSame(sums.values!, product(mixture.collect, map), tolerance);
}

describe('sums of gradients at linear combinations', () => {
  const all = Object.entries({ ...networks, tiny: tinyModel });
  it.each(all)('equal the sums of single gradients: %s', async (name, build) => {
    await check(await classifierOf(build(), name, { engine, precision: 'float32' }), 1e-4);
    await check(await classifierOf(build(), name, { engine, precision: 'float64' }), 2e-6);
  });
  it('are those of absolute values and squares, also with noise among the images', async () => {
    const model = await classifierOf(networks.dense!(), 'dense', { engine, precision: 'float32' });
    const { shape } = model.input;
    const keys = noiseKeys(1, 2);
    const noise = noisesOf(keys, sizeOf(shape));
    const sources = normal(2, ...shape);
    const mix = normal(5, 4);
    const [offset, collect, targets] = [zeros([5, 1]), normal(3, 5), [1, 0, 0, 1, 1]];
    const summed = ['sizes', 'squares'] as const;
    const program = await combinationProgram(model, { noise: true, summed });
    const { sums } = await program.run({ noise: keys, sources, mix, offset, collect, targets }, false);
    const all = concatenate([stacked([noise(0), noise(1)], shape), sources]);
    const { map } = await attribute(model, 'gradient', product(mix, all), targets);
    expectSame(sums.sizes!, product(collect, { ...map, data: map.data.map(Math.abs) }), 1e-4);
    expectSame(sums.squares!, product(collect, { ...map, data: map.data.map((g) => g * g) }), 1e-4);
  });
  it.each(['tiny', 'keras', 'vision'])('are the same on TensorFlow.js: %s', async (name) => {
    const build = { ...networks, tiny: tinyModel }[name]!;
    await check(await classifierOf(build(), name, { engine: other }), 1e-4);
  });
  it('are computed before the last linear layer of the backward pass', async () => {
    const { nodes } = combinationGraph(
      inForm(await classifierOf(tinyModel(), 'tiny', { engine }), 'gradient'),
    );
    const at = nodes.findIndex(({ inputs }) => inputs[0] === 'sl.collect');
    expect(nodes.slice(at).map(({ op }) => op)).toEqual(['MatMul', 'Reshape', 'Conv', 'Identity']);
  });
});
