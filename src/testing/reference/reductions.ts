import { intOf } from '../../graph/attributes.js';
import type { Node } from '../../graph/graph.js';
import { type Array64, at, build, indices, positive, sum, wholes } from './arrays.js';
import { type Kernel, plain } from './kernel.js';

const reduction =
  (of: (values: number[]) => number): Kernel =>
  ([x, given], node) => {
    const rank = x!.shape.length;
    const listed = wholes(given) ?? [];
    if (listed.length === 0 && intOf(node, 'noop_with_empty_axes', 0)) return [x!];
    const axes = listed.length > 0 ? listed.map((a) => positive(a, rank)) : x!.shape.map((_, axis) => axis);
    const kept = build(
      x!.shape.map((length, axis) => (axes.includes(axis) ? 1 : length)),
      (index) =>
        of(
          indices(axes.map((axis) => x!.shape[axis]!)).map((inner) =>
            at(
              x!,
              index.map((place, axis) => (axes.includes(axis) ? inner[axes.indexOf(axis)]! : place)),
            ),
          ),
        ),
    );
    if (intOf(node, 'keepdims', 1)) return [kept];
    return [{ data: kept.data, shape: x!.shape.filter((_, axis) => !axes.includes(axis)) }];
  };

/** An operator on each line along one axis. */
const alongAxis = (of: (line: number[], place: number, node: Node) => number, otherwise = -1) =>
  plain(([x], node) => {
    const axis = positive(intOf(node, 'axis', otherwise), x!.shape.length);
    return build(x!.shape, (index) => of(lineOf(x!, index, axis), index[axis]!, node));
  });

export const lineOf = (x: Array64, index: readonly number[], axis: number): number[] =>
  Array.from({ length: x.shape[axis]! }, (_, i) => at(x, index.with(axis, i)));

const logSumExp = (values: readonly number[]) => {
  const top = Math.max(...values);
  return top + Math.log(sum(values.map((v) => Math.exp(v - top))));
};

const CumSum = plain(([x, given], node) => {
  const axis = positive(given!.data[0]!, x!.shape.length);
  const [reverse, exclusive] = [intOf(node, 'reverse', 0), intOf(node, 'exclusive', 0)];
  return build(x!.shape, (index) =>
    sum(
      lineOf(x!, index, axis).filter((_, i) => {
        if (i === index[axis]) return !exclusive;
        return reverse ? i > index[axis]! : i < index[axis]!;
      }),
    ),
  );
});

/** Values and places, the earlier of equal values first. */
const TopK: Kernel = ([x, count], node) => {
  const axis = positive(intOf(node, 'axis', -1), x!.shape.length);
  const sign = intOf(node, 'largest', 1) ? 1 : -1;
  const shape = x!.shape.with(axis, count!.data[0]!);
  const ranked = (index: readonly number[]) =>
    lineOf(x!, index, axis)
      .map((value, place) => ({ value, place }))
      .sort((a, b) => sign * (b.value - a.value) || a.place - b.place);
  const pick = (of: 'value' | 'place') => build(shape, (index) => ranked(index)[index[axis]!]![of]);
  return [pick('value'), pick('place')];
};

/** The place of the first greatest (`sign` 1) or least (-1) of each line. */
const place = (sign: number): Kernel =>
  plain(([x], node) => {
    const axis = positive(intOf(node, 'axis', 0), x!.shape.length);
    return build(x!.shape.with(axis, 1), (index) => {
      const line = lineOf(x!, index, axis).map((value) => sign * value);
      return line.indexOf(Math.max(...line));
    });
  });

export const reductions: Readonly<Record<string, Kernel>> = {
  ArgMax: place(1),
  ArgMin: place(-1),
  CumSum,
  Hardmax: alongAxis((line, i) => (line.indexOf(Math.max(...line)) === i ? 1 : 0)),
  LpNormalization: alongAxis((line, i, node) => {
    const p = intOf(node, 'p', 2);
    return line[i]! / sum(line.map((v) => Math.abs(v) ** p)) ** (1 / p);
  }),
  TopK,
  LogSoftmax: alongAxis((line, i) => line[i]! - logSumExp(line)),
  Softmax: alongAxis((line, i) => Math.exp(line[i]! - logSumExp(line))),
  ReduceL1: reduction((values) => sum(values.map(Math.abs))),
  ReduceL2: reduction((values) => Math.sqrt(sum(values.map((v) => v * v)))),
  ReduceLogSum: reduction((values) => Math.log(sum(values))),
  ReduceLogSumExp: reduction(logSumExp),
  ReduceMax: reduction((values) => Math.max(...values)),
  ReduceMean: reduction((values) => sum(values) / values.length),
  ReduceMin: reduction((values) => Math.min(...values)),
  ReduceProd: reduction((values) => values.reduce((a, b) => a * b, 1)),
  ReduceSum: reduction(sum),
  ReduceSumSquare: reduction((values) => sum(values.map((v) => v * v))),
};
