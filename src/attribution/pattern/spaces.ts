import { usageError } from '../../base/errors.js';
import type { Classifier } from '../../model/classifier.js';
import { symmetricEigen } from '../../tensor/eigen.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Segmentation } from '../game/segments.js';

/** A simpler description z of an input x. */
export interface Space {
  /** The number of features. */
  readonly size: number;
  project(x: Float32Array): Float64Array;
  /** An input that is described by z. */
  lift(z: Float64Array): Float32Array;
  /** The gradient by z, from that by x at a lifted input. */
  pullBack(gradient: Float32Array): Float64Array;
  /** A value for each feature, shown at the values of the input. */
  show(a: Float64Array): Float64Array;
}

/** The input values themselves. */
export const valuesSpace = (size: number): Space => ({
  size,
  project: (x) => Float64Array.from(x),
  lift: (z) => Float32Array.from(z),
  pullBack: (gradient) => Float64Array.from(gradient),
  show: (a) => a,
});

/** The mean of each segment. */
export function segmentsSpace({ players, parts }: Segmentation, { input }: Pick<Classifier, 'input'>): Space {
  const size = input.shape.reduce((a, b) => a * b, 1);
  const partAt = (i: number) => parts.data[i % parts.data.length]!;
  const count = new Float64Array(players);
  for (let i = 0; i < size; i++) count[partAt(i)]!++;
  const sums = (values: ArrayLike<number>) => {
    const sum = new Float64Array(players);
    for (let i = 0; i < size; i++) sum[partAt(i)]! += values[i]!;
    return sum;
  };
  const spread = (z: Float64Array) => Float64Array.from({ length: size }, (_, i) => z[partAt(i)]!);
  return {
    size: players,
    project: (x) => sums(x).map((sum, part) => sum / count[part]!),
    lift: (z) => Float32Array.from(spread(z)),
    pullBack: sums,
    show: spread,
  };
}

/** Side of the greatest matrix whose components are computed. */
const MOST = 1024;

/** The first principal components of the data. Throws for more than there are. */
export function componentsSpace(data: Tensor, components: number): Space {
  const count = data.shape[0]!;
  const size = data.data.length / count;
  const least = Math.min(count - 1, size, MOST);
  if (components > least)
    throw usageError(
      `option 'components' got ${components}; ${count} inputs of ${size} values have at most ${least}`,
    );
  if (Math.min(count, size) > MOST)
    throw usageError(
      `space 'components' takes at most ${MOST} inputs or values of an input; there are ${count} of ${size}`,
    );
  const mean = new Float64Array(size);
  for (let i = 0; i < data.data.length; i++) mean[i % size]! += data.data[i]! / count;
  const axes = leadingAxes(data, mean, components);
  const along = (values: ArrayLike<number>) =>
    Float64Array.from(axes, (axis) => axis.reduce((sum, value, i) => sum + value * values[i]!, 0));
  const combined = (z: Float64Array) => {
    const x = new Float64Array(size);
    for (const [k, axis] of axes.entries()) for (let i = 0; i < size; i++) x[i]! += z[k]! * axis[i]!;
    return x;
  };
  return {
    size: components,
    project: (x) => along(mean.map((value, i) => x[i]! - value)),
    lift: (z) => Float32Array.from(combined(z), (value, i) => value + mean[i]!),
    pullBack: along,
    show: combined,
  };
}

/** Unit vectors of greatest variance, from the smaller of the matrices of products of values or of inputs. */
function leadingAxes({ data, shape }: Tensor, mean: Float64Array, components: number): Float64Array[] {
  const count = shape[0]!;
  const size = mean.length;
  const rows = Array.from({ length: count }, (_, i) => mean.map((value, p) => data[i * size + p]! - value));
  const byValue = size <= count;
  const n = byValue ? size : count;
  const products = new Float64Array(n * n);
  if (byValue) {
    for (const row of rows)
      for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) products[i * n + j]! += row[i]! * row[j]!;
  } else {
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++)
        products[i * n + j] = products[j * n + i] = rows[i]!.reduce(
          (sum, value, p) => sum + value * rows[j]![p]!,
          0,
        );
  }
  const { vectors } = symmetricEigen(products, n);
  return vectors.slice(0, components).map((vector) => {
    if (byValue) return vector;
    const axis = new Float64Array(size);
    for (const [i, row] of rows.entries()) for (let p = 0; p < size; p++) axis[p]! += vector[i]! * row[p]!;
    const length = Math.sqrt(axis.reduce((sum, value) => sum + value * value, 0));
    return axis.map((value) => value / length);
  });
}
