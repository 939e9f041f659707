import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { methods } from '../attribution/index.js';
import type { Method } from '../attribution/method.js';
import { quietly } from '../base/run.js';
import type { Sample } from '../data/sample.js';
import { openEngine } from '../engine/index.js';
import { classifierOf } from '../model/load.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import { tinyModel } from '../testing/tiny-model.js';
import { temporaryTree } from '../testing/tree.js';
import { type Cases, meanInWords } from './cases.js';
import { explainCases, optionsFor } from './explain.js';
import { openStore } from './store.js';

const image = tensor(new Float32Array(4), [1, 2, 2]);
const cases: Cases = {
  samples: [],
  targets: [],
  predictions: [],
  background: image,
  data: image,
  meanInput: image,
  meanInWords: 'mean of the training images',
};

describe('the options that a benchmark sets', () => {
  it('give methods over coalitions one number of model evaluations', () => {
    const over = Object.values<Method>(methods).filter(
      ({ options }) => 'budget' in options && 'segments' in options,
    );
    expect(over.length).toBeGreaterThan(6);
    for (const method of over) {
      const set = optionsFor(method, cases, { samples: 50 });
      expect([method.name, set.budget, set.samples]).toEqual([method.name, 1000, undefined]);
      expect(optionsFor(method, cases, { samples: 2 }).budget).toBe(256);
    }
  });

  it('give every method that draws or takes steps the budget', () => {
    const options = (name: string) => {
      const method = (methods as Readonly<Record<string, Method>>)[name]!;
      const {
        baselines: _,
        baseline: __,
        ...counts
      } = optionsFor(method, cases, { samples: 50, budget: 300 });
      return counts;
    };
    for (const name of ['lime', 'owen', 'occlusion', 'xrai']) expect(options(name)).toEqual({ budget: 300 });
    expect(options('rise')).toEqual({ masks: 300 });
    expect(options('integrated-gradients')).toEqual({ steps: 300 });
    expect(options('smoothgrad')).toEqual({ samples: 300 });
    expect(options('gradcam')).toEqual({});
  });
});

it.each([
  ['occlusion', undefined, 'mean of the training images'],
  ['integrated-gradients', undefined, 'mean of the training images'],
  ['occlusion', 'blur', 'blur'],
  ['gradient', undefined, undefined],
])('the baseline of %s, tuned to %s, is told as %s', async (name, baseline, told) => {
  const engine = await openEngine('cpu');
  const model = await classifierOf(tinyModel(), 'tiny', { engine, normalisation: 'zero-one' });
  const image: Tensor = tensor(
    Float32Array.from({ length: 64 }, (_, i) => i / 64),
    [1, 8, 8],
  );
  const whole = { data: image.data, shape: [1, 1, 8, 8] };
  const own = { ...cases, samples: [{ image } as Sample], targets: [0], meanInput: whole };
  const store = await openStore(await temporaryTree({}), {});
  await mkdir(join(store.dir, 'maps'), { recursive: true });
  const tuned = baseline === undefined ? undefined : { [name]: { baseline } };
  const method = (methods as Readonly<Record<string, Method>>)[name]!;
  const row = await explainCases(method, model, own, { seed: 0, samples: 8, tuned }, store, quietly);
  expect('options' in row && row.options.baseline).toBe(told);
  await engine.dispose();
});

it.each([
  [2, 'mean of the training images'],
  [256, 'mean of the training images'],
  [257, 'mean of 256 of the 257 training images'],
])('of %d training images the baseline is the %s', (images, words) => {
  expect(meanInWords(images)).toBe(words);
});
