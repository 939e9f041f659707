import { afterAll, describe, expect, it } from 'vitest';
import { quietly } from '../base/run.js';
import type { Sample, Task } from '../data/sample.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { startGraph } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
import { classifierOf, type LoadOptions } from '../model/load.js';
import { inOrderOf } from '../model/questions/task-classes.js';
import { chooseCases } from './cases.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

/** Weights of the mean of four pixels, for so many outputs. */
async function modelOf(weights: readonly number[], options: LoadOptions = {}) {
  const b = startGraph('scores');
  const mean = b.reshape(b.reduce('ReduceMean', 'x', [1, 2, 3]), [-1, 1]);
  b.alias(b.matMul(mean, b.constant(float32(weights, [1, weights.length]))), 'y');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  const graph = b.finish([value('x', ['N', 1, 2, 2])], [value('y', ['N', weights.length])]);
  return classifierOf(graph, 'scores.onnx', { engine, normalisation: 'zero-one', ...options });
}

const samples = [0, 1].map(
  (label): Sample => ({
    ...{ id: `image ${label}`, patient: `${label}`, split: 'test', labels: [label], boxes: [] },
    image: { data: new Float32Array(4).fill(1), shape: [1, 2, 2] },
    ...(label === 1 && { mask: { data: Uint8Array.of(0, 1, 0, 0), shape: [2, 2] } }),
    transform: {
      ...{ scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0, flipped: false },
      ...{ originalWidth: 2, originalHeight: 2 },
    },
  }),
);
const task: Task = {
  ...{ name: 'own', classes: ['none', 'lesion'], multiLabel: false, inputShape: [1, 2, 2] },
  ...{ train: samples, validation: [], test: samples, provenance: {} },
};

async function choose(weights: readonly number[], options: LoadOptions = {}, more: Partial<Task> = {}) {
  const own = { ...task, ...more };
  const model = await inOrderOf(await modelOf(weights, options), own);
  return chooseCases(own, model, { explain: 2, cases: 'correct', seed: 0 }, quietly);
}

describe('outputs that do not fit the classes of a task', () => {
  it('are named as those of a regression, with what to do', async () => {
    await expect(choose([1], { head: 'regression' })).rejects.toThrow(
      /has 1 output without classes, as of a regression .* has 2 classes: none, lesion; where it is a score of 'lesion', option head sigmoid .*stated-value/,
    );
    await expect(choose([1, 2, 3], { head: 'regression' })).rejects.toThrow(
      /has 3 outputs without classes, .*; where they are scores, the model needs one for each class/,
    );
    expect((await choose([1], { head: 'sigmoid' })).chosen.right).toBe(1);
    expect((await choose([1])).chosen.right).toBe(1);
  });

  it('are counted, one and several', async () => {
    await expect(choose([1, 2, 3])).rejects.toThrow(
      'the model has 3 outputs; task own has 2 classes: none, lesion',
    );
    await expect(choose([1], {}, { multiLabel: true })).rejects.toThrow('has 1 output; task own has 2');
    const one = { classes: ['lesion'], multiLabel: true };
    await expect(choose([1, 2], { multiLabel: true }, one)).rejects.toThrow('task own has 1 class: lesion');
    const regression = { classes: ['size'], regression: { mean: 0, deviation: 1 } };
    await expect(choose([1, 2], { head: 'regression' }, regression as never)).rejects.toThrow(
      'the model has 2 outputs; task own is to predict one number: size',
    );
  });
});

it.each([
  ['no names', [1, -1], {}, /; not named by the file; output 0 is taken for 'none', output 1 is taken for/],
  ['other names', [1, -1], { classes: ['a', 'b'] }, /; the file names its outputs a, b, which are taken for/],
  ['its names', [1, -1], { classes: ['none', 'lesion'] }, /; of the classes none, lesion, the output is 'y'/],
  ['its names in another order', [-1, 1], { classes: ['lesion', 'none'] }, /classes were put in the order/],
  ['one score', [-1], { head: 'sigmoid' }, /'lesion' is its output, 'none' the negative/],
] as const)(
  'where no answer is right, the order of the classes is told: %s',
  async (_, weights, given, said) => {
    await expect(choose(weights, given)).rejects.toThrow(said);
    await expect(choose(weights, given)).rejects.toThrow(
      /none of 1 .* another order, .* is a common reason$/,
    );
  },
);
