import { afterAll, describe, expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { recording } from '../../engine/recording.js';
import { tensorflow } from '../../engine/tensorflow.js';
import { numbers } from '../../graph/elements.js';
import { exampleTask } from '../../testing/training-task.js';
import { train } from './train.js';

const cpu = onnxRuntime();
const engines = [cpu, tensorflow(), recording(cpu, 'cuda'), recording(cpu, 'webgpu')];
afterAll(() => Promise.all(engines.map((engine) => engine.dispose())));

describe('training', () => {
  it('shows a GPU, from threads, the images that the CPU is shown', async () => {
    const given = { architecture: 'mlp', width: 8, epochs: 2, batch: 4, average: 0 };
    const changed = { ...given, augment: 'flip,rotate,brightness,contrast,noise', hide: 0.5 };
    const [here, there] = await Promise.all(
      [recording(cpu), recording(cpu, 'webgpu')].map(async (engine) => {
        const { history } = await train(exampleTask(8, 12), changed, { engine, run: quietly });
        return history.map(({ train: { loss } }) => loss);
      }),
    );
    expect(there).toHaveLength(2);
    for (const [epoch, loss] of there!.entries()) expect(loss).toBeCloseTo(here![epoch]!, 5);
  });

  it.each([
    ['resnet-small', { width: 4, optimiser: 'sgd' }],
    ['cnn', { width: 4, depth: 2, optimiser: 'sgd' }],
    ['mlp', { width: 8, dropout: 0.2, optimiser: 'adamw' }],
  ])(
    'gives the same weights on TensorFlow.js, and as on CUDA and WebGPU: %s',
    async (architecture, options) => {
      const given = { architecture, epochs: 2, batch: 4, rate: 0.01, augment: 'none', ...options };
      const [expected, ...others] = await Promise.all(
        engines.map(async (engine) => train(exampleTask(8, 12), given, { engine, run: quietly })),
      );
      for (const got of others) {
        expect(got.history.map(({ epoch }) => epoch)).toEqual([1, 2]);
        expect(got.history.at(-1)!.train.loss).toBeCloseTo(expected!.history.at(-1)!.train.loss, 4);
        expect([...got.graph.initializers.keys()]).toEqual([...expected!.graph.initializers.keys()]);
        for (const [name, constant] of expected!.graph.initializers) {
          const wanted = numbers(constant);
          const scale = Math.max(1e-3, ...wanted.map(Math.abs));
          const found = numbers(got.graph.initializers.get(name)!);
          for (const [i, value] of found.entries())
            expect(Math.abs(value - wanted[i]!) / scale, `${name}[${i}]`).toBeLessThan(1e-3);
        }
      }
    },
  );
});
