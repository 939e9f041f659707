import { afterAll, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int } from '../../graph/attributes.js';
import { startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import { classifierOf, type LoadOptions } from '../load.js';
import { predict } from '../predict.js';
import { probabilities } from '../probability.js';
import { parseTarget } from '../target.js';
import { ask } from './ask.js';
import { neededTarget, offersOf } from './offers.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

/** Scores, three times an image's pixels, and their softmax along an axis, or another head. */
function grouped(lengths: readonly number[], head: { op?: string; axis?: number }) {
  const b = startGraph('grouped');
  const size = lengths.reduce((a, n) => a * n);
  const thrice = Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 3 : 0));
  const dense = b.matMul(b.reshape('x', [-1, size]), b.constant(float32(thrice, [size, size])));
  b.alias(dense, 'flat');
  b.alias(b.reshape('flat', [-1, ...lengths]), 'scores');
  const made = head.op
    ? b.emit(head.op, ['scores'], head.axis === undefined ? {} : { axis: int(head.axis) })
    : b.mul('scores', 1);
  b.alias(made, 'y');
  const input = { name: 'x', type: 'float32', shape: ['N', 1, 1, size] } as const;
  return b.finish([input], [{ name: 'y', type: 'float32', shape: ['N', ...lengths] }]);
}

const images = (size: number): Tensor =>
  tensor(
    Float32Array.from({ length: 2 * size }, (_, i) => Math.sin(3 * i)),
    [2, 1, 1, size],
  );

async function asked(
  [lengths, head]: Parameters<typeof grouped>,
  target: string,
  options: LoadOptions = {},
): Promise<{ raw: number[]; probability?: number[] }> {
  const size = lengths.reduce((a, n) => a * n);
  const model = await classifierOf(grouped(lengths, head), 'grouped.onnx', { engine, target, ...options });
  const question = await ask(model, parseTarget(target), images(size));
  const outputs = await predict(question.model, images(size));
  const own = ({ data, shape }: Tensor) => question.targets.map((k, i) => data[i * shape[1]! + k]!);
  const { link } = question.model.head;
  return {
    raw: own(outputs),
    ...(link !== 'none' && { probability: own(probabilities(question.model, outputs)) }),
  };
}

/** The score and the softmax of a place, written out. */
function expected(lengths: readonly number[], place: readonly number[], axis: number) {
  const size = lengths.reduce((a, n) => a * n);
  const x = images(size).data;
  const at = (sample: number, where: readonly number[]) =>
    3 * x[sample * size + where.reduce((flat, index, i) => flat * lengths[i]! + index, 0)]!;
  return [0, 1].map((sample) => {
    const row = Array.from({ length: lengths[axis]! }, (_, k) => at(sample, place.with(axis, k)));
    const total = row.reduce((sum, score) => sum + Math.exp(score), 0);
    return { score: at(sample, place), share: Math.exp(at(sample, place)) / total };
  });
}

function expectClose(got: readonly number[] | undefined, wanted: readonly number[]) {
  expect(got).toHaveLength(wanted.length);
  for (const [i, value] of wanted.entries()) expect(got![i]).toBeCloseTo(value, 5);
}

it.each([
  [[4, 2], [2, 1], -1],
  [[4, 2], [3, 0], 2],
  [[2, 4], [1, 2], 1],
  [[2, 14], [1, 9], -2],
  [[14, 2], [13, 1], -1],
  [[3, 2, 5], [2, 0, 4], 2],
])('explains one number of groups %j at %j under a softmax along axis %i', async (lengths, place, axis) => {
  const wanted = expected(lengths, place, axis < 0 ? axis + lengths.length : axis - 1);
  const form = [lengths, { op: 'Softmax', axis }] as const;
  const shares = await asked([...form], `output:y[${place}]`);
  expectClose(
    shares.raw,
    wanted.map(({ share }) => share),
  );
  expect(shares.probability).toEqual(shares.raw);
  const scores = await asked([...form], `output:scores[${place}]`);
  expectClose(
    scores.raw,
    wanted.map(({ score }) => score),
  );
  expectClose(
    scores.probability,
    wanted.map(({ share }) => share),
  );
});

it('takes a sigmoid, and nothing, for what they are', async () => {
  const wanted = expected([4, 2], [2, 1], 1).map(({ score }) => score);
  const sigmoids = wanted.map((score) => 1 / (1 + Math.exp(-score)));
  const before = await asked([[4, 2], { op: 'Sigmoid' }], 'output:scores[2, 1]');
  expectClose(before.raw, wanted);
  expectClose(before.probability, sigmoids);
  expectClose((await asked([[4, 2], { op: 'Sigmoid' }], 'output:y[2,1]')).probability, sigmoids);
  const plain = await asked([[4, 2], {}], 'output:y[2,1]');
  expectClose(plain.raw, wanted);
  expect(plain.probability).toBeUndefined();
  expectClose((await asked([[4, 2], {}], 'output:y[2,1]', { head: 'sigmoid' })).probability, sigmoids);
});

it('explains its distance from a value', async () => {
  const wanted = expected([4, 2], [2, 1], 1).map(({ share }) => share - 0.5);
  const { raw, probability } = await asked([[4, 2], { op: 'Softmax', axis: -1 }], 'output:y[2,1]@0.5');
  expectClose(raw, wanted);
  expect(probability).toBeUndefined();
});

it('refuses indices that the output does not have', async () => {
  const of = (target: string, options?: LoadOptions) =>
    asked([[4, 2], { op: 'Softmax', axis: -1 }], target, options);
  await expect(of('output:y[4,1]')).rejects.toThrow(
    /index 4 is out of range; output 'y' has shape \[N,4,2\], and index 1 of 2 goes from 0 to 3/,
  );
  await expect(of('output:y[0,2]')).rejects.toThrow(/index 2 of 2 goes from 0 to 1/);
  await expect(of('output:y[0,1,0]')).rejects.toThrow(/names 3 indices; .*\[N,4,2\] and takes 2/);
  await expect(of('output:y[1]')).rejects.toThrow(/output:y\[0,0\] explains one number/);
  await expect(of('class:1')).rejects.toThrow(/output:scores\[0,0\] explains one number/);
  const bare = asked([[4, 2], {}], 'output:y[0,1]', { head: 'softmax' });
  await expect(bare).rejects.toThrow(/has none over 'y' that tells its axis/);
});

it('is offered for groups of scores, beside boxes where an output may be either', async () => {
  const offered = async (...form: Parameters<typeof grouped>) => {
    const file = grouped(...form);
    const target = neededTarget(file)!;
    const model = await classifierOf(file, 'grouped.onnx', { engine, target });
    return [target, ...offersOf(file, model).map((offer) => offer.target)];
  };
  const both = ['output:y[0,0]', 'output:y[0,0]', 'output:scores[0,0]'];
  expect(await offered([4, 2], { op: 'Softmax', axis: -1 })).toEqual(both);
  expect(await offered([2, 14], { op: 'Softmax', axis: 1 })).toEqual(both);
  expect(await offered([4, 2], {})).toEqual(['output:y[0,0]', 'output:y[0,0]']);
  expect(await offered([9, 6], {})).toEqual(['box:0,0,1,1@0', 'box:0,0,54,1@0', 'output:y[0,0]']);
});

it('makes no probability of flat scores whose softmax goes over a part of them', async () => {
  const parts = (
    lengths: readonly number[],
    head: Parameters<typeof grouped>[1],
    options: LoadOptions = {},
  ) => classifierOf(grouped(lengths, head), 'grouped.onnx', { engine, output: 'flat', ...options });
  const pairs = await parts([4, 2], { op: 'Softmax', axis: -1 });
  expect(pairs.head.link).toBe('none');
  expect(pairs.head.says).toContain("has no probability (the file's softmax goes over 2 numbers at a time");
  await expect(ask(pairs, parseTarget('probability:5'), images(8))).rejects.toThrow('has no probability');
  expect((await ask(pairs, parseTarget('class:5'), images(8))).targets).toEqual([5, 5]);
  const whole = await parts([8, 1], { op: 'Softmax', axis: 1 });
  expect(whole.head.link).toBe('softmax');
  const each = await parts([4, 2], { op: 'Sigmoid' });
  expect(each.head.link).toBe('sigmoid');
  const stated = await parts([4, 2], { op: 'Softmax', axis: -1 }, { head: 'softmax' });
  expect(stated.head.link).toBe('softmax');
});
