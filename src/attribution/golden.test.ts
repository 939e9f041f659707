import { afterAll, expect, it } from 'vitest';
import { quietly } from '../base/run.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { loadClassifier } from '../model/load.js';
import { readNpy } from '../tensor/npy.js';
import { toFloat32 } from '../tensor/tensor.js';
import { sharedPath } from '../testing/shared.js';
import { attribute } from './attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
it.each([
  ['vgg', 'model_bn', 'gradient', 'saliency_signed', [0, 1]],
  ['vgg', 'model_fold', 'gradient', 'saliency_signed', [0, 1]],
  ['resnet18t', 'model_bn', 'gradient', 'saliency_signed', [1]],
  ['resnet18t', 'model_fold', 'gradient', 'saliency_signed', [1]],
  ['resnet18t', 'model_fold', 'guided-backprop', 'guided_backprop', [1]],
  ['vgg', 'model_bn', 'guided-backprop', 'guided_backprop', [0, 1]],
  ['mlp', 'model', 'gradient', 'saliency_signed', [0, 1, 0, 1]],
])('%s %s %s', async (folder, file, method, ref, targets) => {
  const model = await loadClassifier(sharedPath('golden', folder, `${file}.onnx`), { engine });
  const x = toFloat32(await readNpy(sharedPath('golden', folder, 'x.npy')));
  const { map } = await attribute(model, method, x, targets, {}, { run: quietly });
  const want = toFloat32(await readNpy(sharedPath('golden', folder, 'attr', `${ref}.npy`)));
  let [d, n] = [0, 0];
  for (const [i, v] of want.data.entries()) {
    d += (v - map.data[i]!) ** 2;
    n += v * v;
  }
  console.log(folder, file, method, Math.sqrt(d / n));
  expect(Math.sqrt(d / n)).toBeLessThan(1e-4);
});
