import { existsSync, statSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { startGraph } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
import { modelFile } from './model-file.js';
import { onnxRuntime } from './onnxruntime.js';

const engine = onnxRuntime('cpu', 1);
afterAll(() => engine.dispose());

/** y = x W, where every weight is 1. */
function product(width: number) {
  const b = startGraph('product');
  const weights = b.constant(float32(new Float32Array(width * width).fill(1), [width, width]));
  b.emit('MatMul', ['x', weights], {}, 'y');
  const value = (name: string) => ({ name, type: 'float32' as const, shape: ['N', width] });
  return b.finish([value('x')], [value('y')]);
}

describe.skipIf(process.platform !== 'linux')('the file of a graph with large weights', () => {
  const width = 2100;

  it('leaves the weights to a file of their own, which is removed', () => {
    const { model, weights, remove } = modelFile(product(width));
    expect(model.length).toBeLessThan(1000);
    expect(statSync(weights!).size).toBe(4 * width * width);
    remove();
    expect(existsSync(weights!)).toBe(false);
  });

  it('is read by ONNX Runtime', async () => {
    const program = await engine.compile(product(width));
    const { y } = await program.run({ x: float32(new Float32Array(width).fill(1), [1, width]) });
    expect([...y!.data]).toEqual(Array(width).fill(width));
  });
});

it('holds small weights itself', () => {
  expect(modelFile(product(10)).weights).toBeUndefined();
});
