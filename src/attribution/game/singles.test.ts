import { afterAll, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { ints } from '../../graph/attributes.js';
import { startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import { classifierOf } from '../../model/load.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';
import { attribute } from '../attribute.js';
import { patchPlan } from '../incremental/index.js';
import { segmentationOf } from './segments.js';

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

it('gives the maps of full passes where single boxes are computed anew', async () => {
  const model = await network();
  const input = noise([1, 1, 64, 64]);
  // Cells of unequal sizes.
  const { grid, parts } = segmentationOf({ grid: [5, 6] }, model, input);
  expect(patchPlan({ model, ...grid! })).toBeDefined();
  const labels = { data: Float32Array.from(parts.data), shape: [1, 64, 64] };
  for (const [method, options] of [
    ['feature-ablation', {}],
    ['feature-permutation', { samples: 2 }],
    ['kernel-shap', { samples: 100 }],
  ] as const) {
    const [boxes, full] = [
      await attribute(model, method, input, [1], { ...options, segments: '5,6' }),
      await attribute(model, method, input, [1], { ...options, segments: labels }),
    ];
    const size = Math.hypot(...full.map.data);
    expect(Math.hypot(...full.map.data.map((value, i) => value - boxes.map.data[i]!)) / size).toBeLessThan(
      1e-5,
    );
    expect(boxes.evaluations).toEqual(full.evaluations);
  }
});
