import { expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { pseudoInverse, symmetricEigen } from './eigen.js';

const n = 6;
const random = seededRandom(3);
/** A matrix of rank 4. */
const factors = Float64Array.from({ length: n * 4 }, () => random.normal());
const matrix = Float64Array.from({ length: n * n }, (_, at) => {
  const [i, j] = [Math.floor(at / n), at % n];
  let sum = 0;
  for (let k = 0; k < 4; k++) sum += factors[i * 4 + k]! * factors[j * 4 + k]!;
  return sum;
});
const times = (a: Float64Array, b: Float64Array) =>
  Float64Array.from({ length: n * n }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += a[Math.floor(at / n) * n + k]! * b[k * n + (at % n)]!;
    return sum;
  });
const near = (values: Float64Array) => [...values].map((value) => expect.closeTo(value, 9));

it('eigenvectors are orthonormal and give the matrix back', () => {
  const { values, vectors } = symmetricEigen(matrix, n);
  expect([...values]).toEqual([...values].sort((a, b) => b - a));
  const back = matrix.map((_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    return vectors.reduce((sum, vector, k) => sum + values[k]! * vector[i]! * vector[j]!, 0);
  });
  expect([...back]).toEqual(near(matrix));
  expect(vectors[1]!.reduce((sum, value, i) => sum + value * vectors[2]![i]!, 0)).toBeCloseTo(0, 12);
});

it('the pseudo-inverse of a singular matrix fulfils the conditions of Penrose', () => {
  const inverse = pseudoInverse(matrix, n);
  expect([...times(times(matrix, inverse), matrix)]).toEqual(near(matrix));
  expect([...times(times(inverse, matrix), inverse)]).toEqual(near(inverse));
});
