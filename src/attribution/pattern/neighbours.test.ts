import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readNpy } from '../../tensor/npy.js';
import { type Tensor, tensor, toFloat32 } from '../../tensor/tensor.js';
import { relative } from '../../testing/relative.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import { covarianceTimes, neighboursOf } from './neighbours.js';

const truth = (...path: string[]) => sharedPath('golden', 'truth', ...path);
const none = tensor(new Float32Array(), [0, 64]);
const array = async (...path: string[]) => (sharedIsThere ? toFloat32(await readNpy(truth(...path))) : none);

describe.skipIf(!sharedIsThere)('the parts of PatternLocal', async () => {
  const stored = sharedIsThere ? JSON.parse(readFileSync(truth('local', 'values.json'), 'utf8')) : {};
  const table = ['form | difference to C w | why it is not taken'];
  const [x, data] = await Promise.all(['x.npy', 'x_train.npy'].map((name) => array('pattern', 'mlp', name)));
  const rowsOf = ({ data: values }: Tensor) =>
    Array.from({ length: values.length / 64 }, (_, i) =>
      Float64Array.from(values.subarray(i * 64, i * 64 + 64)),
    );
  const points = rowsOf(data!);
  const segments = await array('local', 'segments.npy');
  const means = (values: Float64Array) => {
    const [sum, count] = [new Float64Array(16), new Float64Array(16)];
    for (const [p, segment] of segments.data.entries()) {
      sum[segment]! += values[p]!;
      count[segment]!++;
    }
    return sum.map((value, segment) => value / count[segment]!);
  };

  it.each([0, 1, 2, 3])('neighbours, and C w of given weights, of instance %i', (instance) => {
    const own = stored.instances[instance];
    const z = rowsOf(x!)[instance]!;
    const near = neighboursOf(z, points, 0.1);
    expect(near.indices).toEqual(own.identity.neighbours);
    expect(near.indices).toHaveLength(own.identity.k);
    expect(relative(near.weights, own.identity.kernel_weights)).toBeLessThan(1e-5);
    const pattern = (w: number[]) => covarianceTimes(points, near, Float64Array.from(w), 0);
    expect(relative(pattern(own.identity.w), own.identity.a)).toBeLessThan(1e-5);
    const bySegment = points.map(means);
    const nearBySegment = neighboursOf(means(z), bySegment, 0.1);
    expect(nearBySegment.indices).toEqual(own.superpixel_gradient.neighbours);
    const segmentPattern = (w: number[]) =>
      covarianceTimes(bySegment, nearBySegment, Float64Array.from(w), 0);
    expect(relative(segmentPattern(own.superpixel_gradient.w), own.superpixel_gradient.a)).toBeLessThan(1e-5);
    const { lime_tabular: lime, superpixel_lime: bits, identity } = own;
    for (const [form, theirs, given, why] of [
      [
        'lime_tabular.a_as_code',
        lime.a_as_code,
        pattern(lime.w_standardised),
        'weights per standard deviation, covariance per unit',
      ],
      [
        'superpixel_lime.a',
        bits.a,
        segmentPattern(bits.w),
        'weights per segment that is shown, covariance of means of segments',
      ],
    ] as const) {
      expect(relative(given, theirs)).toBeLessThan(1e-5);
      const same = form.startsWith('lime') ? lime.a : own.superpixel_gradient.a;
      table.push(`${form} | ${relative(theirs, same).toFixed(2)} | ${why}`);
    }
    // The covariance of all data without a kernel, over one less than their number.
    const count = points.length;
    const even = { indices: [...points.keys()], weights: new Float64Array(count).fill(1 / (count - 1)) };
    const mean = points[0]!.map((_, p) => points.reduce((sum, point) => sum + point[p]! / count, 0));
    const centred = points.map((point) => point.map((value, p) => value - mean[p]!));
    const all = covarianceTimes(centred, even, Float64Array.from(identity.w as number[]), 0);
    expect(relative(all, identity.a_global)).toBeLessThan(1e-5);
    table.push(
      `identity.a_global | ${relative(identity.a_global, identity.a).toFixed(2)} | nothing in it is local`,
    );
    table.push(
      `identity.ridge_as_code | ${relative(identity.ridge_as_code, identity.a).toFixed(2)} | the regression of the output on the features, w itself for a small penalty`,
    );
    if (instance === 3) console.log(table.join('\n'));
  });
});
