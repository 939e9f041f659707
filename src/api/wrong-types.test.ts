import { expect, it } from 'vitest';
import { attribute } from '../attribution/attribute.js';
import { literalNetwork } from '../testing/literal-network.js';
import { benchmark } from './benchmark.js';
import { explain } from './explain.js';
import { loadModel, modelOf } from './model.js';

const shape = [1, 2, 2];
const net = literalNetwork('wrong', shape, new Float64Array(4));
const graph = net.graph(net.linear(net.relu(net.conv(net.x, 2, 1)), 2));
const input = { data: new Float32Array(4).fill(1), shape: [1, ...shape] };

/** Calls as plain JavaScript does, without the compiler's checks. */
const unchecked = (call: (...given: never[]) => unknown, ...given: unknown[]) =>
  (async () => call(...(given as never[])))();

it.each([
  [
    { normalization: 'imagenet' },
    "unknown option of loadModel 'normalization'; did you mean 'normalisation'?",
  ],
  [{ layout: 'nchw' }, 'option \'layout\' of loadModel got "nchw"; it takes one of NCHW, NHWC, other'],
  [{ head: 'Softmax' }, 'it takes one of softmax, sigmoid, probability, log-probability, regression'],
  [{ precision: 'double' }, "option 'precision' of loadModel"],
  [{ inputShape: '3,6,6' }, "option 'inputShape' of loadModel"],
  [{ multiLabel: 'yes' }, 'it takes true or false'],
  [{ classes: [1, 2] }, 'it takes a list of texts'],
  [{ classes: ['a'] }, 'option classes gives 1 class names for 2 outputs'],
  ['imagenet', "unknown option of loadModel '0'"],
])('loading with %j is refused', async (options, message) => {
  await expect(unchecked(modelOf, graph, options)).rejects.toThrow(message);
});

it('the bytes of a model in place of its path are refused in one line', async () => {
  await expect(unchecked(loadModel, Buffer.alloc(100))).rejects.toThrow(
    'a file is given by its path; got an array of 100 bytes',
  );
});

it('arguments of another type are refused by name', async () => {
  const model = await modelOf(graph);
  for (const [given, message] of [
    [[model, undefined, input, [0]], 'a method is given by its name or as your own; got undefined'],
    [[model, 'gradient', input, 0], 'a target is a list of classes, one for each sample, or one of class:3'],
    [[model, 'gradient', input], /a target is a list of classes.*; got undefined/],
    [[model, 'gradient', [1, 2], [0]], 'the input is no array { data, shape }'],
    [[model, 'gradient', { data: [1, 1, 1, 1], shape: [1, ...shape] }, [0]], 'the input is no array'],
  ] as const)
    await expect(unchecked(attribute, ...given)).rejects.toThrow(message);
  await expect(unchecked(explain, model, 'gradient', input)).rejects.toThrow(
    'a sample of a task is needed, as task.train has them; got "gradient"',
  );
});

it.each([
  [
    { dataset: 'phantom', out: 'o', method: ['gradient'] },
    "unknown option of benchmark 'method'; did you mean 'methods'?",
  ],
  [{ data: 'phantom', out: 'o' }, 'benchmark needs dataset'],
  [{ dataset: 'phantom' }, 'benchmark needs out'],
])('benchmark with %j is refused', async (settings, message) => {
  await expect(unchecked(benchmark, settings)).rejects.toThrow(message);
});
