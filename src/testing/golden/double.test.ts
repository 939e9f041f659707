import { afterAll, describe, expect, it } from 'vitest';
import { attribute } from '../../attribution/attribute.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { loadClassifier } from '../../model/load.js';
import { readNpy } from '../../tensor/npy.js';
import { toFloat32 } from '../../tensor/tensor.js';
import { sharedIsThere, sharedPath } from '../shared.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const array = async (...parts: string[]) => toFloat32(await readNpy(sharedPath('golden', 'vgg', ...parts)));

/**
 * Along a path some activation nearly vanishes: in 32 bits its rectifier takes the other branch here and
 * there.
 */
describe.skipIf(!sharedIsThere)('integrated gradients of a network with kinks, in double', () => {
  it.each(['model_bn.onnx', 'model_fold.onnx'])('are those of a float64 reference: %s', async (file) => {
    const model = await loadClassifier(sharedPath('golden', 'vgg', file), { engine });
    expect(model.precision).toBe('float64');
    const want = await array('attr', 'ig_gausslegendre32.npy');
    const input = await array('x.npy');
    const { map } = await attribute(model, 'integrated-gradients', input, [0, 1], { steps: 32 });
    expect(map.shape).toEqual(want.shape);
    let [difference, size] = [0, 0];
    for (const [i, value] of want.data.entries()) {
      difference += (map.data[i]! - value) ** 2;
      size += value ** 2;
    }
    expect(Math.sqrt(difference / size)).toBeLessThan(1e-6);
  });
});
