import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { formatOnnx } from '../graph/write.js';
import { tinyModel } from '../testing/tiny-model.js';
import { temporaryTree } from '../testing/tree.js';
import { loadModel } from './model.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

it('a model that a notebook shows tells neither its path nor its metadata', async () => {
  const graph = { ...tinyModel(), name: 'Dr Who', metadata: { hospital: 'St Mary' } };
  const root = await temporaryTree({ 'DOE_JANE/m.onnx': formatOnnx(graph) });
  const model = await loadModel(join(root, 'DOE_JANE', 'm.onnx'), { engine });
  const shown = inspect({ model, also: [model] }, { depth: 9 });
  expect(shown).toContain('classes');
  expect(shown).not.toMatch(/DOE_JANE|St Mary|Dr Who|hospital/);
  expect(model.name).toContain('DOE_JANE');
});
