import { expect, it } from 'vitest';
import { readOptions } from '../../base/options.js';
import type { Classifier } from '../../model/classifier.js';
import type { Tensor } from '../../tensor/tensor.js';
import { rows, tensor } from '../../tensor/tensor.js';
import { baselineFor, baselineOption } from './baseline.js';

const modelOf = (shape: readonly number[], layout: Classifier['input']['layout']) => ({
  input: { name: 'x', shape, layout, normalisation: { mean: [0], std: [1] } },
});
const nchw = modelOf([2, 2, 2], 'NCHW');
const image = (shape = [2, 2, 2, 2]): Tensor =>
  tensor(
    Float32Array.from({ length: 16 }, (_, i) => (i * i) % 7),
    shape,
  );

it('repeats a number, zero and the array of one sample over the batch', () => {
  expect(baselineFor(0.5, image(), nchw).data).toEqual(new Float32Array(16).fill(0.5));
  expect(baselineFor('zero', image(), nchw).data).toEqual(new Float32Array(16));
  const one = rows(image(), 0, 1);
  const twice = Float32Array.from([...one.data, ...one.data]);
  expect(baselineFor(one, image(), nchw).data).toEqual(twice);
  expect(baselineFor({ ...one, shape: [2, 2, 2] }, image(), nchw).data).toEqual(twice);
  expect(baselineFor(image(), image(), nchw).data).toEqual(image().data);
});

it("computes each image's mean by channel in either layout", () => {
  const { data } = image();
  const means = baselineFor('mean', image(), nchw).data;
  expect(means[0]).toBeCloseTo((data[0]! + data[1]! + data[2]! + data[3]!) / 4, 6);
  expect(means[12]).toBeCloseTo((data[12]! + data[13]! + data[14]! + data[15]!) / 4, 6);
});

it('draws the same noise for a sample in any batch', () => {
  const both = baselineFor('uniform', image(), nchw, { seed: 3 });
  const second = baselineFor('uniform', rows(image(), 1, 2), nchw, { seed: 3 });
  expect(rows(both, 1, 2).data).toEqual(second.data);
  expect(baselineFor('uniform', image(), nchw, { seed: 4 }).data).not.toEqual(both.data);
});

it('rejects other values and says what it accepts', () => {
  const specs = { baseline: baselineOption('the image that stands for nothing') };
  expect(readOptions(specs, {}, 'm').baseline).toBe('zero');
  expect(readOptions(specs, { baseline: '0.25' }, 'm').baseline).toBe(0.25);
  expect(readOptions(specs, { baseline: 'blur' }, 'm').baseline).toBe('blur');
  expect(() => readOptions(specs, { baseline: 'grey' }, 'm')).toThrow(
    /got "grey"; it takes one of zero, mean, blur, uniform, or a number, or an array/,
  );
  const wrong = tensor(new Float32Array(3), [3]);
  expect(() => baselineFor(wrong, image(), nchw)).toThrow(
    'a baseline array has the shape [2,2,2] or [1,2,2,2] or [2,2,2,2]; this one has [3]',
  );
  expect(() => baselineFor(wrong, rows(image(), 0, 1), nchw)).toThrow(
    'a baseline array has the shape [2,2,2] or [1,2,2,2]; this one has [3]',
  );
  expect(() => baselineFor('blur', tensor(new Float32Array(4), [2, 2]), modelOf([2], 'other'))).toThrow(
    /needs images/,
  );
});
