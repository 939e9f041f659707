import { afterAll, describe, expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { exampleTask } from '../../testing/training-task.js';
import { findRate, readTest } from './find-rate.js';
import { train } from './train.js';

const engine = onnxRuntime();
const context = { engine, run: quietly };
afterAll(() => engine.dispose());

describe('the learning-rate test', () => {
  it('stops where the loss explodes, and takes a tenth of the best rate', () => {
    const rates = [1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10];
    const losses = [1, 1, 0.2, 0.1, 0.1, 50, 0.1].map((loss, i) => ({ rate: rates[i]!, loss }));
    const { steps, rate } = readTest(losses);
    expect(steps.map(({ rate }) => rate)).toEqual(rates.slice(0, 5));
    expect(steps[1]!.smooth).toBeCloseTo(1, 12);
    expect(steps[2]!.smooth).toBeCloseTo((0.81 + 0.9 + 0.2) / (0.81 + 0.9 + 1), 12);
    expect(rate).toBeCloseTo(0.01, 12);
  });

  it('says so where no loss is a number', () => {
    expect(() => readTest([{ rate: 1e-6, loss: Number.NaN }])).toThrow('no learning rate can be found');
  });

  it('finds a rate that trains a network', async () => {
    const task = exampleTask(32);
    const given = { architecture: 'mlp', width: 16, batch: 8, epochs: 8, hide: 0 };
    const { steps, rate } = await findRate(task, given, context, 60);
    expect(steps[0]!.rate).toBe(1e-6);
    expect(rate).toBeGreaterThan(1e-4);
    expect(rate).toBeLessThanOrEqual(0.1);
    const { history } = await train(task, { ...given, rate }, context);
    expect(history.at(-1)!.train.loss).toBeLessThan(0.5 * history[0]!.train.loss);
  });
});
