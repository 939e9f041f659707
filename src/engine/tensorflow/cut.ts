import * as tf from '@tensorflow/tfjs';

/** Evenly spaced positions along an axis: `from`, `from + step`, ... */
export interface Span {
  readonly from: number;
  readonly count: number;
  readonly step: number;
}

/** Selects evenly spaced positions along some axes of `x`. */
export function taken(x: tf.Tensor, cuts: ReadonlyMap<number, Span>): tf.Tensor {
  const forward = x.shape.map((length, axis) => {
    const cut = cuts.get(axis);
    return cut && cut.step > 0 ? cut : { from: 0, count: length, step: 1 };
  });
  const backward = [...cuts].filter(([, { step }]) => step < 0);
  return backward.reduce(
    (part, [axis, { from, count, step }]) => {
      const positions = Int32Array.from({ length: count }, (_, i) => from + i * step);
      return tf.gather(part, tf.tensor1d(positions, 'int32'), axis);
    },
    ahead(x, forward),
  );
}

function ahead(x: tf.Tensor, spans: readonly Span[]): tf.Tensor {
  if (spans.every(({ from, count }, axis) => from === 0 && count === x.shape[axis])) return x;
  const begin = spans.map(({ from }) => from);
  const count = spans.map(({ count: n }) => n);
  if (spans.every(({ step }) => step === 1)) return tf.slice(x, begin, count);
  const end = spans.map(({ from, step, count: n }) => (n === 0 ? from : from + (n - 1) * step + 1));
  const steps = spans.map(({ step }) => step);
  return tf.stridedSlice(x, begin, end, steps);
}

/** Pads each axis by `begin` and `end` elements; negative amounts crop. */
export function pad(
  x: tf.Tensor,
  begin: readonly number[],
  end: readonly number[],
  value: number,
  mode = 'constant',
): tf.Tensor {
  if (mode !== 'constant') return repeated(x, begin, end, mode);
  const cuts = x.shape.map((length, axis): [number, Span] => {
    const from = Math.max(0, -begin[axis]!);
    return [axis, { from, count: length - from - Math.max(0, -end[axis]!), step: 1 }];
  });
  const kept = taken(x, new Map(cuts));
  const amounts = begin.map((b, axis): [number, number] => [Math.max(0, b), Math.max(0, end[axis]!)]);
  return amounts.every(([b, e]) => b === 0 && e === 0) ? kept : tf.pad(kept, amounts, value);
}

/** Padding with elements of `x`: modes `edge`, `reflect` and `wrap`. */
function repeated(x: tf.Tensor, begin: readonly number[], end: readonly number[], mode: string): tf.Tensor {
  return x.shape.reduce((padded, length, axis) => {
    if (begin[axis] === 0 && end[axis] === 0) return padded;
    const positions = Int32Array.from({ length: length + begin[axis]! + end[axis]! }, (_, i) => {
      const index = i - begin[axis]!;
      if (index >= 0 && index < length) return index;
      if (mode === 'edge') return index < 0 ? 0 : length - 1;
      if (mode === 'wrap') return index < 0 ? index + length : index - length;
      return index < 0 ? -index : 2 * (length - 1) - index;
    });
    return tf.gather(padded, tf.tensor1d(positions, 'int32'), axis);
  }, x);
}
