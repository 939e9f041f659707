import { floatOf, intOf } from '../../graph/attributes.js';
import { type Array64, at, build, indices, positive, sum } from './arrays.js';
import { type Kernel, plain } from './kernel.js';

/** Values with mean 0 and variance 1 among all that share the same key. */
function standardised(x: Array64, epsilon: number, key: (index: readonly number[]) => string): Array64 {
  const groups = new Map<string, number[]>();
  for (const index of indices(x.shape)) {
    const name = key(index);
    groups.set(name, [...(groups.get(name) ?? []), at(x, index)]);
  }
  const moments = new Map(
    [...groups].map(([name, values]) => {
      const mean = sum(values) / values.length;
      return [name, { mean, variance: sum(values.map((v) => (v - mean) ** 2)) / values.length }];
    }),
  );
  return build(x.shape, (index) => {
    const { mean, variance } = moments.get(key(index))!;
    return (at(x, index) - mean) / Math.sqrt(variance + epsilon);
  });
}

export const norms: Readonly<Record<string, Kernel>> = {
  BatchNormalization: plain(([x, scale, bias, mean, variance], node) =>
    build(x!.shape, (index) => {
      const c = index[1]!;
      const n =
        (at(x!, index) - mean!.data[c]!) / Math.sqrt(variance!.data[c]! + floatOf(node, 'epsilon', 1e-5));
      return n * scale!.data[c]! + bias!.data[c]!;
    }),
  ),
  GroupNormalization: plain(([x, scale, bias], node) => {
    const channels = x!.shape[1]!;
    const size = channels / intOf(node, 'num_groups', 1);
    const n = standardised(x!, floatOf(node, 'epsilon', 1e-5), ([b, c]) => `${b},${Math.floor(c! / size)}`);
    const own = (c: number) => Math.floor((c * scale!.shape[0]!) / channels);
    return build(x!.shape, (index) => {
      const c = own(index[1]!);
      return at(n, index) * scale!.data[c]! + bias!.data[c]!;
    });
  }),
  InstanceNormalization: plain(([x, scale, bias], node) => {
    const n = standardised(x!, floatOf(node, 'epsilon', 1e-5), ([b, c]) => `${b},${c}`);
    return build(x!.shape, (index) => at(n, index) * scale!.data[index[1]!]! + bias!.data[index[1]!]!);
  }),
  LayerNormalization: ([x, scale, bias], node) => {
    const axis = positive(intOf(node, 'axis', -1), x!.shape.length);
    const n = standardised(x!, floatOf(node, 'epsilon', 1e-5), (index) => index.slice(0, axis).join());
    const along = (array: Array64, index: readonly number[]) =>
      at(
        array,
        array.shape.map((length, i) => (length === 1 ? 0 : index[index.length - array.shape.length + i]!)),
      );
    return [
      build(x!.shape, (index) => at(n, index) * along(scale!, index) + (bias ? along(bias, index) : 0)),
    ];
  },
  LRN: plain(([x], node) => {
    const size = intOf(node, 'size', 1);
    return build(x!.shape, (index) => {
      const c = index[1]!;
      const near = Array.from({ length: x!.shape[1]! }, (_, j) => j).filter(
        (j) => j >= c - Math.floor((size - 1) / 2) && j <= c + Math.ceil((size - 1) / 2),
      );
      const squares = sum(near.map((j) => at(x!, index.with(1, j)) ** 2));
      const s = floatOf(node, 'bias', 1) + (floatOf(node, 'alpha', 1e-4) / size) * squares;
      return at(x!, index) / s ** floatOf(node, 'beta', 0.75);
    });
  }),
};
