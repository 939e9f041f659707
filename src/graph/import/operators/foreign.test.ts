import { afterAll, expect, it } from 'vitest';
import { onnxRuntime } from '../../../engine/onnxruntime.js';
import { classifierOf } from '../../../model/load.js';
import { startGraph } from '../../builder.js';
import { float32 } from '../../elements.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

it("Keras' GELU by Erfc, which ONNX does not have, is the exact one", async () => {
  const b = startGraph('keras');
  const tail = b.emit('Erfc', [b.mul('x', -Math.SQRT1_2)]);
  const scores = b.mul(b.mul('x', 0.5), tail);
  const graph = b.finish(
    [{ name: 'x', type: 'float32', shape: ['N', 3] }],
    [{ name: scores, type: 'float32', shape: ['N', 3] }],
  );
  const model = await classifierOf(graph, 'keras.onnx', { engine });
  const program = await engine.compile(model.graph);
  const y = await program.run({ x: float32([-1, 0.5, 2], [1, 3]) });
  // x times the distribution's values of a table.
  const expected = [-0.15865525, 0.34573123, 1.95449974];
  for (const [i, value] of y[model.output]!.data.entries())
    expect(Number(value)).toBeCloseTo(expected[i]!, 6);
});
