import { afterAll, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { ints } from '../../graph/attributes.js';
import { startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import { classifierOf } from '../../model/load.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';
import { attribute } from '../attribute.js';
import { segmentationOf } from './segments.js';
import { singles } from './singles.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const random = seededRandom('singles');
const noise = (shape: number[], scale = 1): Tensor => ({
  data: Float32Array.from({ length: sizeOf(shape) }, () => scale * random.normal()),
  shape,
});

/** Three convolutions and a layer that tells positions apart. */
function network() {
  const b = startGraph('local');
  const weight = (...shape: number[]) => {
    const { data } = noise(shape, 1 / Math.sqrt(sizeOf(shape.slice(1))));
    return b.constant(float32(data, shape));
  };
  let x = 'x';
  for (const from of [1, 16, 16])
    x = b.emit('Relu', [b.emit('Conv', [x, weight(16, from, 3, 3)], { pads: ints([1, 1, 1, 1]) })]);
  const small = b.emit('AveragePool', [x], { kernel_shape: ints([4, 4]), strides: ints([4, 4]) });
  b.emit(
    'MatMul',
    [b.reshape(small, [-1, 4096]), b.constant(float32(noise([4096, 2]).data, [4096, 2]))],
    {},
    'y',
  );
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  return classifierOf(b.finish([value('x', ['N', 1, 64, 64])], [value('y', ['N', 2])]), 'local', {
    ...{ engine, precision: 'float32' },
  });
}

it('gives the maps of full passes where single segments are computed anew', async () => {
  const model = await network();
  // An engine of another name has no incremental passes.
  const whole = { ...model, engine: { ...engine, name: 'plain' } };
  const input = noise([1, 1, 64, 64]);
  // Cells of unequal sizes, and segments whose boxes overlap.
  const slanted = Float32Array.from(
    { length: 4096 },
    (_, i) => 8 * Math.floor((i >> 6) / 8) + Math.floor(((((i >> 6) & 7) + i) & 63) / 8),
  );
  for (const segments of [{ grid: [5, 6] }, { data: slanted, shape: [1, 64, 64] }]) {
    const segmentation = segmentationOf(segments, model, input);
    const rules = {
      model,
      image: input,
      baseline: input,
      segmentation,
      value: Number,
      label: '',
      run: quietly,
    };
    expect([singles(rules), singles({ ...rules, model: whole })]).toEqual([expect.any(Function), undefined]);
    const given = 'grid' in segments ? '5,6' : segments;
    for (const [method, options] of [
      ['feature-ablation', {}],
      ['feature-permutation', { samples: 2 }],
      ['kernel-shap', { samples: 150 }],
    ] as const) {
      const [some, full] = [
        await attribute(model, method, input, [1], { ...options, segments: given }),
        await attribute(whole, method, input, [1], { ...options, segments: given }),
      ];
      const size = Math.hypot(...full.map.data);
      const far = Math.hypot(...full.map.data.map((value, i) => value - some.map.data[i]!));
      expect(far / size).toBeLessThan(1e-5);
      expect(some.evaluations).toEqual(full.evaluations);
    }
  }
});
