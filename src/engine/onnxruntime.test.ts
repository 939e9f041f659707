import { afterAll, describe, expect, it } from 'vitest';
import { startGraph } from '../graph/builder.js';
import { float32, scalar } from '../graph/elements.js';
import { readOnnx } from '../graph/read.js';
import { readNpy } from '../tensor/npy.js';
import { sharedIsThere, sharedPath } from '../testing/shared.js';
import { onnxRuntime } from './onnxruntime.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

describe.skipIf(!sharedIsThere)('ONNX Runtime', () => {
  for (const file of [
    'vgg/model_bn',
    'vgg/model_fold',
    'resnet18t/model_bn',
    'mlp/model',
    'vit/model_op13_dyn',
  ]) {
    it(`gives the reference logits of ${file}`, async () => {
      const folder = file.split('/')[0]!;
      const graph = await readOnnx(sharedPath('golden', `${file}.onnx`));
      const x = await readNpy(sharedPath('golden', folder, 'x.npy'));
      const logits = await readNpy(sharedPath('golden', folder, 'logits.npy'));
      const program = await engine.compile(graph);
      const out = await program.run({ [graph.inputs[0]!.name]: float32(x.data as Float32Array, x.shape) });
      const got = out[graph.outputs[0]!.name]!;
      expect(got.shape).toEqual(logits.shape);
      for (const [i, v] of (got.data as Float32Array).entries())
        expect(v).toBeCloseTo(Number(logits.data[i]), 4);
      await program.dispose();
    });
  }
});

it('keeps the weights of a layer between rounded values as they are', async () => {
  const b = startGraph('rounded');
  const rounded = (x: string, scale: number, name?: string) => {
    const grid = [b.constant(scalar(scale)), b.constant({ type: 'int8', data: Int8Array.of(0), shape: [] })];
    return b.emit('DequantizeLinear', [b.emit('QuantizeLinear', [x, ...grid]), ...grid], {}, name);
  };
  // With 8 bits and the scale of the first weight, the second one is zero.
  const weight = b.constant(float32([1, 0.003], [1, 2, 1, 1]));
  rounded(b.emit('Conv', [rounded('x', 0.01), weight, b.constant(float32([0], [1]))]), 0.001, 'y');
  const value = (name: string, shape: number[]) => ({ name, type: 'float32' as const, shape });
  const program = await engine.compile(b.finish([value('x', [1, 2, 1, 1])], [value('y', [1, 1, 1, 1])]));
  const { y } = await program.run({ x: float32([0, 1], [1, 2, 1, 1]) });
  expect((y!.data as Float32Array)[0]).toBeCloseTo(0.003, 6);
  await program.dispose();
});
