import { afterAll, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import { classifierOf } from '../../model/load.js';
import { tensor } from '../../tensor/tensor.js';
import { attribute } from '../attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

/** The first channel of four pixels speaks for class 0 and the second against it; class 1 is the opposite. */
function opposites() {
  const b = startGraph('opposites');
  b.emit('Relu', ['x'], {}, 'layer');
  const slopes = [...Array(4).fill([1, -1]), ...Array(4).fill([-0.5, 0.5])].flat();
  b.emit('MatMul', [b.emit('Flatten', ['layer']), b.constant(float32(slopes, [8, 2]))], {}, 'logits');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  return b.finish([value('x', ['N', 2, 2, 2])], [value('logits', ['N', 2])]);
}

const image = tensor(Float32Array.of(1, 2, 0, 1, 1, 0, 1, 0), [1, 2, 2, 2]);

it.each([
  [0, 1],
  [1, -1],
])('divides the losses by the output of class %i', async (target, sign) => {
  const model = await classifierOf(opposites(), 'opposites', { engine });
  const options = { layer: 'layer', upsample: 'none', relu: false } as const;
  const { map, notes } = await attribute(model, 'ablationcam', image, [target], options);
  const [own, other] = [4 * sign, -1 * sign];
  const full = own + other;
  const want = [1, 2, 0, 1].map((a, i) => (own / full) * a + (other / full) * [1, 0, 1, 0][i]!);
  for (const [i, value] of want.entries()) expect(map.data[i]).toBeCloseTo(value, 5);
  const told = notes.filter((note) => note.includes('is negative (sample 0)'));
  expect(told).toHaveLength(full < 0 ? 1 : 0);
});
