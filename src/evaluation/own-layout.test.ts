import { afterAll, expect, it } from 'vitest';
import { quietly } from '../base/run.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { ints } from '../graph/attributes.js';
import { startGraph } from '../graph/builder.js';
import { float32, int64 } from '../graph/elements.js';
import { classifierOf } from '../model/load.js';
import { tensor } from '../tensor/tensor.js';
import { scoreMap } from './score.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

it("a baseline array is read in the model's own layout, as the input is", async () => {
  const b = startGraph('last');
  const first = b.emit('Transpose', ['x'], { perm: ints([0, 3, 1, 2]) });
  const kernel = b.constant(float32([1, -2, 3, 4], [2, 2, 1, 1]));
  const conv = b.emit('Conv', [first, kernel], { kernel_shape: ints([1, 1]) });
  b.emit('Squeeze', [b.emit('GlobalAveragePool', [conv]), b.constant(int64([2, 3]))], {}, 'y');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  const graph = b.finish([value('x', ['N', 2, 3, 2])], [value('y', ['N', 2])]);
  const model = await classifierOf(graph, 'last', { engine });
  const input = tensor(
    Float32Array.from({ length: 12 }, (_, i) => i),
    [1, 2, 3, 2],
  );
  const baseline = tensor(
    Float32Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? 5 : i)),
    [2, 3, 2],
  );
  const map = tensor(Float32Array.of(6, 5, 4, 3, 2, 1), [2, 3]);
  const scored = { map, model, input, target: 0, seed: 0, run: quietly };
  const { compared } = await scoreMap('deletion', scored, { baseline, quantity: 'logit' });
  // The means of the channels are 5 and 6, of the baseline 5 and 6 as well: 5 - 2 * 6.
  expect(compared!.baseline).toBeCloseTo(-7, 5);
  const zeros = { ...baseline, data: baseline.data.map((v, i) => (i % 2 === 0 ? 0 : v)) };
  const other = await scoreMap('deletion', scored, { baseline: zeros, quantity: 'logit' });
  expect(other.compared!.baseline).toBeCloseTo(-12, 5);
});
