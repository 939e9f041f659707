import { afterAll, describe, expect, it } from 'vitest';
import { attribute } from '../../attribution/attribute.js';
import type { GivenOptions } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int } from '../../graph/attributes.js';
import { startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import { classifierOf } from '../../model/load.js';
import { tensor } from '../../tensor/tensor.js';
import { conditionalShapley, precisionOf, type Spread, times } from './linear.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

/** One output w x. */
function linear(w: Float64Array) {
  const net = startGraph('linear');
  const weight = net.constant(float32(Float32Array.from(w), [w.length, 1]), 'weight');
  const output = net.emit('Gemm', ['x', weight], { transB: int(0) }, 'output');
  const value = (name: string, size: number) => ({ name, type: 'float32', shape: ['N', size] }) as const;
  return classifierOf(net.finish([value('x', w.length)], [value(output, 1)]), 'linear', { engine });
}

/**
 * A suppressor problem x = a z + noise of `size` features: a is 0 on all but the first third, the noise has
 * factors in common. The best weights are S^-1 a, and the data have the covariance a a' + S exactly.
 */
function problem(size: number, noise: number) {
  const random = seededRandom(`suppressors of ${size} and ${noise}`);
  const own = Math.ceil(size / 3);
  const a = Float64Array.from({ length: size }, (_, i) => (i < own ? 0.5 + random.uniform() : 0));
  // The columns of the root are the noise's factors.
  const root = Array.from({ length: 2 * size }, (_, k) =>
    Float64Array.from({ length: size }, (_, i) =>
      k < size ? (i === k ? noise : 0) : (noise * random.normal()) / Math.sqrt(size),
    ),
  );
  const productOf = (columns: readonly Float64Array[]) => {
    const product = new Float64Array(size * size);
    for (const column of columns)
      for (let i = 0; i < size; i++)
        for (let j = 0; j < size; j++) product[i * size + j]! += column[i]! * column[j]!;
    return product;
  };
  const within: Spread = { width: size, mean: new Float64Array(size), covariance: productOf(root) };
  const columns = [a, ...root];
  const rows = columns.flatMap((column) =>
    [1, -1].map((sign) => column.map((value) => sign * Math.sqrt(columns.length) * value)),
  );
  const data = tensor(Float32Array.from(rows.flatMap((row) => [...row])), [rows.length, size]);
  const spread: Spread = { ...within, covariance: productOf(columns) };
  const x = Float64Array.from({ length: size }, () =>
    Math.fround(1 + random.uniform() + random.normal() / 4),
  );
  return { a, own, spread, weights: times(precisionOf(within), a), data, x };
}

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);

describe.each([
  [2, 0.4],
  [5, 2],
  [17, 0.7],
  [64, 1.3],
] as const)('on %d features with suppressors and noise %d', (size, noise) => {
  const { a, own, spread, weights: w, data, x } = problem(size, noise);
  const model = linear(w);
  const input = tensor(Float32Array.from(x), [1, size]);
  const baseline = 0.25;
  const parts = w.map((weight, i) => weight * x[i]!);
  const f = sum(parts);
  const shareOf = (of: Float64Array, factor = f) => of.map((value) => (value / sum(of)) * factor);
  const marginal = w.map((weight, i) => weight * (x[i]! - baseline));
  const signed = (sign: number) => parts.map((value) => Math.max(0, sign * value));
  const background = tensor(new Float32Array(size).fill(baseline), [1, size]);

  it.each<[string, GivenOptions, Float64Array]>([
    ['gradient', {}, w],
    ['input-x-gradient', {}, parts],
    ['integrated-gradients', { baseline }, marginal],
    ['deeplift', { baseline }, marginal],
    ['expected-gradients', { baselines: background }, marginal],
    [
      'lrp',
      { composite: 'epsilon', epsilon: 0.5 },
      parts.map((value) => (value * f) / (f + 0.5 * Math.sign(f))),
    ],
    ['lrp', { composite: 'flat' }, w.map(() => f / size)],
    ['lrp', { composite: 'wsquare' }, shareOf(w.map((value) => value * value))],
    [
      'lrp',
      { composite: 'alpha2-beta1' },
      parts.map((_, i) => shareOf(signed(1), 2 * f)[i]! - (shareOf(signed(-1), f)[i] || 0)),
    ],
    ...(size <= 5
      ? [['shapley-exact', { baseline, segments: 'each' }, marginal] as [string, GivenOptions, Float64Array]]
      : []),
  ])('%s (%#) is its closed form', async (method, options, expected) => {
    const { map } = await attribute(await model, method, input, [0], options);
    const length = Math.hypot(...expected);
    expect(Math.hypot(...expected.map((value, i) => value - map.data[i]!)) / length).toBeLessThan(1e-4);
  });

  it('patterns are zero where the class changes nothing, and weights are not', async () => {
    const unused = [...w].slice(own).map(Math.abs);
    expect(sum(unused) / sum(w.map(Math.abs))).toBeGreaterThan(0.05);
    const expected = a.map((value) => value / sum(a.map((one, i) => one * w[i]!)));
    const explained = async (method: string, options = {}) =>
      (await attribute(await model, method, input, [0], { data, ...options })).map.data;
    const off = (map: Float32Array) =>
      Math.hypot(...expected.map((value, i) => value - map[i]!)) / Math.hypot(...expected);
    expect(off(await explained('activation-pattern'))).toBeLessThan(1e-4);
    expect(off(await explained('variance-share', { gives: 'pattern', shrinkage: 0 }))).toBeLessThan(1e-4);
    const net = await explained('patternnet', { estimator: 'linear' });
    expect(off(net.map((value) => value / f))).toBeLessThan(1e-4);
    const shares = await explained('variance-share', { shrinkage: 0 });
    expect(sum(shares)).toBeCloseTo(1, 4);
    expect(sum(shares.slice(own).map(Math.abs))).toBeLessThan(1e-4);
  });

  if (size > 5) return;
  it('conditional Shapley values are those of all coalitions', () => {
    const ours = times(conditionalShapley(spread, 4000)(w), x);
    const theirs = shapleyOf(size, (members) => expectationGiven(spread, w, x, members));
    const length = Math.hypot(...theirs);
    const off = Math.hypot(...theirs.map((value, i) => value - ours[i]!)) / length;
    // All orders of up to four features; beyond, random ones.
    expect(off).toBeLessThan(size <= 4 ? 1e-9 : 0.02);
    expect(sum(ours)).toBeCloseTo(f, 6);
  });
});

/** Shapley's formula, coalition by coalition. */
function shapleyOf(size: number, value: (members: readonly number[]) => number): number[] {
  const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));
  return Array.from({ length: size }, (_, i) => {
    let total = 0;
    for (let mask = 0; mask < 1 << size; mask++) {
      if (mask & (1 << i)) continue;
      const members = [...Array(size).keys()].filter((j) => mask & (1 << j));
      const weight = (factorial(members.length) * factorial(size - members.length - 1)) / factorial(size);
      total += weight * (value([...members, i]) - value(members));
    }
    return total;
  });
}

/** E[w x | x_S] of a Gaussian with mean 0. */
function expectationGiven(
  { width, covariance }: Spread,
  w: Float64Array,
  x: Float64Array,
  members: readonly number[],
): number {
  const n = members.length;
  if (n === 0) return 0;
  const own: Spread = {
    width: n,
    mean: new Float64Array(n),
    covariance: Float64Array.from(
      { length: n * n },
      (_, at) => covariance[members[Math.floor(at / n)]! * width + members[at % n]!]!,
    ),
  };
  const solved = times(
    precisionOf(own),
    Float64Array.from(members, (i) => x[i]!),
  );
  let total = 0;
  for (let i = 0; i < width; i++)
    for (const [k, j] of members.entries()) total += w[i]! * covariance[i * width + j]! * solved[k]!;
  return total;
}
