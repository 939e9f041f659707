import { int } from '../../graph/attributes.js';
import type { Builder } from '../../graph/builder.js';
import { floating, int64 } from '../../graph/elements.js';
import { formula } from '../../graph/formula.js';
import { dataTypes } from '../../graph/schema.js';
import { range } from '../../graph/shapes.js';

/** Squarings of the Gram matrix: after 2^24 products an eigenvalue of 0.99999 times the first is gone. */
const squarings = 24;
const tiny = 1e-300;

/**
 * The nodes of `firstComponent` for values `[N, C, ...positions]`: `[N, 1, ...positions]`. The leading
 * eigenvector is that of the smaller Gram matrix, which is squared and scaled in double precision until its
 * columns are the eigenvector alone.
 */
export function componentNodes(
  builder: Builder,
  values: string,
  channels: number,
  positions: readonly number[],
): string {
  const { emit, constant } = builder;
  const { matMul, transpose, sub, mul, div, max, sqrt, where, less, reduce, reshape } = formula(
    builder,
    'float64',
  );
  const cast = (value: string, type: 'float32' | 'float64') =>
    emit('Cast', [value], { to: int(dataTypes[type]) });
  const area = positions.reduce((product, length) => product * length, 1);
  const rows = transpose(reshape(cast(values, 'float64'), [-1, channels, area]), [0, 2, 1]);
  const x = sub(rows, reduce('ReduceMean', rows, [1])); // [N, positions, channels]
  const turned = transpose(x, [0, 2, 1]);
  const few = Math.min(area, channels);
  const gram = area <= channels ? matMul(x, turned) : matMul(turned, x);
  const norm = (value: string, axes: readonly number[]) =>
    max(sqrt(reduce('ReduceSum', mul(value, value), axes)), tiny);
  const scaled = (matrix: string) => div(matrix, norm(matrix, [1, 2]));
  let power = scaled(gram);
  for (let i = 0; i < squarings; i++) power = scaled(matMul(power, power));
  const eye = floating(
    'float64',
    range(few * few).map((i) => (i % (few + 1) === 0 ? 1 : 0)),
    [1, few, few],
  );
  const diagonal = reduce('ReduceSum', mul(power, constant(eye)), [2], { keepdims: int(0) });
  const largest = emit('ArgMax', [diagonal], { axis: int(1), keepdims: int(1) });
  const same = builder.equal(constant(int64(range(few), [1, few])), largest);
  const column = matMul(power, reshape(cast(same, 'float64'), [-1, few, 1]));
  const vector = div(column, norm(column, [1]));
  const projection =
    area <= channels
      ? mul(vector, sqrt(max(reduce('ReduceSum', mul(vector, matMul(gram, vector)), [1]), 0)))
      : matMul(x, vector);
  const agreement = reduce('ReduceSum', mul(projection, reduce('ReduceSum', x, [2])), [1]);
  const signed = mul(projection, where(less(agreement, 0), -1, 1));
  return reshape(cast(signed, 'float32'), [-1, 1, ...positions]);
}
