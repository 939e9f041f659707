import { afterAll, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { inForm } from '../../model/forms/index.js';
import { classifierOf } from '../../model/load.js';
import { concatenate, rows, sizeOf } from '../../tensor/tensor.js';
import { networks } from '../../testing/networks/index.js';
import { attribute } from '../attribute.js';
import { baselineFor } from '../input/baseline.js';
import { blurredPaths } from './blurred-path.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const random = seededRandom('blurred path');

it.each([
  ['dense', 'NCHW'],
  ['keras', 'NHWC'],
])('parts of a path sum to the trapezoidal sum: %s, %s', async (name, layout) => {
  const own = await classifierOf(networks[name]!(), name, { engine });
  expect(own.input.layout).toBe(layout);
  const model = inForm(own, 'channels-first');
  const { shape } = model.input;
  const image = {
    data: Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
    shape: [1, ...shape],
  };
  const sigmas = [0, 0.7, 1.4, 2.1, 2.8];
  const path = concatenate(sigmas.map((sigma) => baselineFor('blur', image, model, { sigma })));
  const { map } = await attribute(model, 'gradient', path, Array(5).fill(1));
  const want = image.data.map((_, i) => {
    const at = (k: number) => rows(path, k, k + 1).data[i]!;
    return sigmas.reduce((sum, _, k) => {
      const way = at(Math.max(0, k - 1)) - at(Math.min(4, k + 1));
      return sum + (rows(map, k, k + 1).data[i]! * way) / 2;
    }, 0);
  });
  const program = await blurredPaths(model, 4);
  const parts = [
    [0, 2, 2],
    [2, 3, 4],
    [3, 5, 4],
  ].map(([from, to, rows]) => program.run({ image, target: 1, sigmas, from: from!, to: to!, rows: rows! }));
  const sums = (await Promise.all(parts)).map(({ sum }) => sum.data);
  const error = want.map((v, i) => v - sums.reduce((total, sum) => total + sum[i]!, 0));
  expect(Math.hypot(...error) / Math.hypot(...want)).toBeLessThan(1e-5);
});
