import { afterAll, expect, it, vi } from 'vitest';
import { environmentError } from '../base/errors.js';
import type { Engine } from '../engine/engine.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { type Recording, recording } from '../engine/recording.js';
import { zeros } from '../tensor/tensor.js';
import { tinyModel } from '../testing/tiny-model.js';
import { batchSizeOf, evenSize } from './batch-size.js';
import { classifierOf } from './load.js';
import { predict } from './predict.js';

const cpu = onnxRuntime('cpu', 1);
afterAll(() => cpu.dispose());

/** The engine `cuda` with some free memory, in which at most `fits` samples of a run have room. */
function card(free: number | undefined, fits = Infinity): Recording {
  const small: Engine = {
    ...cpu,
    freeMemory: () => free,
    async compile(graph, options) {
      const program = await cpu.compile(graph, options);
      return {
        ...program,
        async run(feeds, outputs) {
          if (feeds.x!.shape[0]! > fits) throw environmentError('CUDA failure 2: out of memory');
          return program.run(feeds, outputs);
        },
      };
    },
  };
  return recording(small, 'cuda');
}

const sizeOn = async (engine: Engine) => batchSizeOf(await classifierOf(tinyModel(), 'tiny', { engine }));

it('a GPU takes as many samples as its free memory has room for, a power of two', async () => {
  const sizes = await Promise.all([2 ** 12, 2 ** 20, 2 ** 22, undefined].map((free) => sizeOn(card(free))));
  expect(sizes).toEqual([1, 32, 128, 256]);
});

it('few samples take a small power of two', () => {
  expect([1, 3, 16, 50, 300].map((count) => evenSize(count, 64))).toEqual([1, 4, 16, 64, 64]);
});

it('memory that does not suffice halves the batch once, with a warning', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const engine = card(2 ** 20, 16);
  const model = await classifierOf(tinyModel(), 'tiny', { engine });
  const outputs = await predict(model, zeros([40, 1, 8, 8]));
  expect(outputs.shape).toEqual([40, 3]);
  expect(batchSizeOf(model)).toBe(16);
  expect(warn.mock.calls.map(([line]) => line)).toEqual([
    'engine cuda ran out of memory; it goes on in batches of half the size',
  ]);
  const smaller = await classifierOf(tinyModel(), 'tiny', { engine: card(2 ** 20, 4) });
  await expect(predict(smaller, zeros([40, 1, 8, 8]))).rejects.toThrow(/out of memory/);
  warn.mockRestore();
});
