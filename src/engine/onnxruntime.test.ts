import { afterAll, describe, expect, it } from 'vitest';
import { float32 } from '../graph/elements.js';
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
