import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { ints } from '../../graph/attributes.js';
import { type Builder, startGraph } from '../../graph/builder.js';
import { float32, int64 } from '../../graph/elements.js';
import { classifierOf } from '../../model/load.js';
import { attribute } from '../attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const x = { data: new Float32Array(3 * 64).fill(1), shape: [1, 3, 8, 8] };

/** A model of images of which the outputs are made from a map of 7 channels and 2 by 2 places. */
const modelOf = (outputs: Readonly<Record<string, (b: Builder, map: string) => string>>) => {
  const b = startGraph('outputs');
  const weights = b.constant(float32(new Float32Array(7 * 3 * 16).fill(0.1), [7, 3, 4, 4]));
  const map = b.emit('Conv', ['x', weights], { strides: ints([4, 4]) });
  for (const [name, make] of Object.entries(outputs)) b.alias(make(b, map), name);
  const inputs = [{ name: 'x', type: 'float32' as const, shape: ['N', 3, 8, 8] }];
  const named = Object.keys(outputs).map((name) => ({ name, type: 'float32' as const }));
  return classifierOf(b.finish(inputs, named), 'outputs', { engine });
};

const row = (length: number) => (b: Builder, map: string) =>
  b.emit('Slice', [b.emit('Flatten', [map]), ...[[0], [length], [1]].map((v) => b.constant(int64(v)))]);

describe('a target that does not fit', () => {
  it('names the output that is explained beside the others', async () => {
    const model = await modelOf({ age: row(1), sex: row(2) });
    await expect(attribute(model, 'gradient', x, [1], {})).rejects.toThrow(
      "target 1 is out of range; the model's outputs are 0 to 0 ('age'; option output takes another: sex)",
    );
  });

  it('asks for a box where an output lists findings in an image', async () => {
    const boxes = (b: Builder, map: string) => b.reshape(map, [-1, 7, 4]);
    await expect(modelOf({ y: boxes })).rejects.toThrow('target box:12,30,40,40@1 explains');
    await expect(modelOf({ y: (_, map) => map })).rejects.toThrow('target region:1@predicted explains');
  });
});
