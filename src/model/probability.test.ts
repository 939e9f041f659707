import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { tinyModel } from '../testing/tiny-model.js';
import { classifierOf } from './load.js';
import { linked } from './probability.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

describe('probabilities', () => {
  const outputs = { data: Float32Array.of(0, Math.log(3), -2000, 1000, 1000, 0), shape: [2, 3] };

  it('are the softmax of each row, without overflow', () => {
    const { data, shape } = linked('softmax', outputs);
    expect(shape).toEqual([2, 3]);
    for (const [i, value] of [0.25, 0.75, 0, 0.5, 0.5, 0].entries()) expect(data[i]).toBeCloseTo(value, 6);
  });

  it('are sigmoids where several labels may hold at once', () => {
    const { data } = linked('sigmoid', outputs);
    for (const [i, value] of [0.5, 0.75, 0, 1, 1, 0.5].entries()) expect(data[i]).toBeCloseTo(value, 6);
  });
});

describe('a model of several labels', () => {
  const said = { ...tinyModel(), metadata: { sightline: JSON.stringify({ multiLabel: true }) } };

  it('says so in its file, or is said to be one', async () => {
    expect((await classifierOf(said, 'tiny', { engine })).head.link).toBe('sigmoid');
    expect((await classifierOf(tinyModel(), 'tiny', { engine })).head.link).toBe('softmax');
    expect((await classifierOf(tinyModel(), 'tiny', { engine, multiLabel: true })).head.link).toBe('sigmoid');
    expect((await classifierOf(said, 'tiny', { engine, multiLabel: false })).head.link).toBe('softmax');
  });

  it.each([
    ['{"classes": ["a"', 'no JSON (fault at position 16)'],
    ['{"classes": "a"}', 'classes: got "a"; it takes a list'],
    ['{"multiLabel": 1}', 'multiLabel: got 1; it takes true or false'],
    ['{"layout": "CHW"}', 'layout: got "CHW"; it takes "NCHW" or "NHWC" or "other"'],
    [
      '{"normalisation": {"mean": [0], "std": [null]}}',
      'normalisation.std: got [null]; it takes a list of any number of numbers',
    ],
  ])('is refused where its file says %s', async (text, fault) => {
    const wrong = { ...tinyModel(), metadata: { sightline: text } };
    await expect(classifierOf(wrong, 'tiny.onnx', { engine })).rejects.toThrow(
      expect.objectContaining({ kind: 'input', message: `tiny.onnx: metadata 'sightline': ${fault}` }),
    );
  });
});

it('a file labels its classes, where options and metadata do not name them', async () => {
  const count = (await classifierOf(tinyModel(), 'tiny', { engine })).classes.length;
  const names = (word: string) => Array.from({ length: count }, (_, k) => `${word} ${k}`);
  const labelled = { ...tinyModel(), labels: names('label') };
  const classesOf = async (...asked: Parameters<typeof classifierOf>) =>
    (await classifierOf(...asked)).classes;
  expect(await classesOf(labelled, 'tiny', { engine })).toEqual(names('label'));
  expect(await classesOf(labelled, 'tiny', { engine, classes: names('given') })).toEqual(names('given'));
  const metadata = { sightline: JSON.stringify({ classes: names('said') }) };
  expect(await classesOf({ ...labelled, metadata }, 'tiny', { engine })).toEqual(names('said'));
  const other = { ...labelled, labels: [...names('label'), 'one more'] };
  expect(await classesOf(other, 'tiny', { engine })).toEqual(names('class'));
});
