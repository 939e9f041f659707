import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int } from '../../graph/attributes.js';
import { startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import { classifierOf } from '../../model/load.js';
import { quantile } from '../../tensor/quantile.js';
import { tensor } from '../../tensor/tensor.js';
import { attribute } from '../attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

/** f(x) = w x as the first of two outputs. */
function linear(w: readonly number[]) {
  const net = startGraph('linear');
  const weight = net.constant(float32(Float32Array.from([...w, ...w.map(() => 0)]), [2, w.length]), 'weight');
  const logits = net.emit('Gemm', ['x', weight], { transB: int(1) }, 'logits');
  const value = (name: string, size: number) => ({ name, type: 'float32', shape: ['N', size] }) as const;
  return classifierOf(net.finish([value('x', w.length)], [value(logits, 2)]), 'linear', { engine });
}

/** x1 = z + noise, x2 shares the noise: S = [[s1^2, c s1 s2], [c s1 s2, s2^2]], w = (1, -c s1 / s2). */
function suppressor(count: number, [s1, s2, c]: readonly [number, number, number]) {
  const random = seededRandom('suppressor');
  const data = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) {
    const [first, second] = [random.normal(), random.normal()];
    data[2 * i] = (i % 2 === 0 ? 1 : -1) + s1 * first;
    data[2 * i + 1] = s2 * (c * first + Math.sqrt(1 - c * c) * second);
  }
  return tensor(data, [count, 2]);
}

describe('PatternLocal on the linear suppressor', () => {
  const [s1, s2, c] = [0.8, 0.5, 0.8] as const;
  const data = suppressor(20_000, [s1, s2, c]);

  it.each([
    [0.3, -0.2],
    [-1, 0.4],
  ])('at (%d, %d) keeps the share of its closed form, (I + S / h^2)^-1 a', async (x1, x2) => {
    const x = tensor(Float32Array.of(x1, x2), [1, 2]);
    const model = await linear([1, (-c * s1) / s2]);
    const { map } = await attribute(model, 'pattern-local', x, [0], { data, neighbours: 1 });
    const distances = Array.from({ length: 20_000 }, (_, i) =>
      Math.hypot(data.data[2 * i]! - x1, data.data[2 * i + 1]! - x2),
    );
    const h = quantile(distances, 0.5);
    // The kernel of width h leaves of the noise (S^-1 + I / h^2)^-1, which is round where h is small.
    const expected = (-c * s1 * s2) / (h * h + s2 * s2);
    expect(map.data[1]! / map.data[0]!).toBeCloseTo(expected, 1);
    expect(Math.abs(expected)).toBeGreaterThan(0.1);
  });

  it('is next to the gradient where few of the data are near', async () => {
    const x = tensor(Float32Array.of(0.3, -0.2), [1, 2]);
    const weight = (-c * s1) / s2;
    const { map } = await attribute(await linear([1, weight]), 'pattern-local', x, [0], {
      data,
      neighbours: 0.01,
    });
    expect(map.data[1]! / map.data[0]! / weight).toBeGreaterThan(0.75);
  });
});

describe('shares of variance', () => {
  it.each([
    [0.8, 0.5, 0.8],
    [1.5, 0.3, -0.6],
  ] as const)('give a suppressor nothing: s1 %d, s2 %d, c %d', async (s1, s2, c) => {
    const data = suppressor(4000, [s1, s2, c]);
    const model = await linear([1, (-c * s1) / s2]);
    const x = tensor(Float32Array.of(0.5, 0.25), [1, 2]);
    const given = { data, shrinkage: 0 };
    const { map } = await attribute(model, 'variance-share', x, [0], given);
    expect(map.data[0]! + map.data[1]!).toBeCloseTo(1, 5);
    expect(Math.abs(map.data[1]!)).toBeLessThan(0.05);
    const { map: pattern } = await attribute(model, 'variance-share', x, [0], { ...given, gives: 'pattern' });
    const { map: haufe } = await attribute(model, 'activation-pattern', x, [0], { data, outputs: 'alone' });
    // Outputs of a softmax are taken from their mean: half of the difference, and twice its pattern.
    expect([...pattern.data]).toEqual([...haufe.data].map((value) => expect.closeTo(value / 2, 5)));
  });

  it('give what the model does not use nothing, and split equal parts alike', async () => {
    const random = seededRandom('shared');
    const rows = Array.from({ length: 2000 }, () => {
      const shared = random.normal();
      return [shared + 0.1 * random.normal(), shared + 0.1 * random.normal(), shared];
    });
    const data = tensor(Float32Array.from(rows.flat()), [2000, 3]);
    const x = tensor(Float32Array.of(1, 1, 1), [1, 3]);
    const { map } = await attribute(await linear([1, 1, 0]), 'variance-share', x, [0], { data });
    expect([...map.data]).toEqual([0.5, 0.5, 0].map((value) => expect.closeTo(value, 2)));
  });

  it('count data by the likeness of their gradients, not by their place', async () => {
    // f = |x1| + x2: the gradient is (1, 1) on the right and (-1, 1) on the left, at right angles.
    const net = startGraph('folded');
    const at = (i: number) => net.slice('x', [{ axis: 1, start: i, end: i + 1, step: 1 }]);
    const [up, down] = [net.emit('Relu', [at(0)]), net.emit('Relu', [net.neg(at(0))])];
    const f = net.add(net.add(up, down), at(1));
    const logits = net.alias(net.concat([f, net.neg(f)], 1), 'logits');
    const value = (name: string) => ({ name, type: 'float32', shape: ['N', 2] }) as const;
    const model = await classifierOf(net.finish([value('x')], [value(logits)]), 'folded', { engine });
    // On the right x2 follows x1 by 0.5, on the left by -2.
    const rows = Array.from({ length: 400 }, (_, i) => {
      const x1 = 1 + (i % 10) / 10;
      return i < 200 ? [x1, 0.5 * x1] : [-x1, 2 * x1];
    });
    const data = tensor(Float32Array.from(rows.flat()), [400, 2]);
    const x = tensor(Float32Array.of(1.2, 0.7), [1, 2]);
    const given = { data, alike: 16, shrinkage: 0, gives: 'pattern' } as const;
    const { map } = await attribute(model, 'variance-share', x, [0], given);
    expect(map.data[1]! / map.data[0]!).toBeCloseTo(0.5, 4);
    const { map: all } = await attribute(model, 'variance-share', x, [0], { ...given, alike: 0 });
    expect(Math.abs(all.data[1]! / all.data[0]! - 0.5)).toBeGreaterThan(0.1);
  });
});

describe('the marginal response', () => {
  it('of a suppressor is nothing, and that of the cause its mean output', async () => {
    const [s1, s2, c] = [0.8, 0.5, 0.8] as const;
    const data = suppressor(4000, [s1, s2, c]);
    const weight = (-c * s1) / s2;
    const x = tensor(Float32Array.of(0.5, 0.75), [1, 2]);
    const { map } = await attribute(await linear([1, weight]), 'marginal-response', x, [0], { data });
    // E[x1 + w x2 | x1] = x1 + w c s2 / s1 (x1 - tanh(x1 / s1^2)); a softmax sees half of it, from the mean.
    const expected = (0.5 + ((weight * c * s2) / s1) * (0.5 - Math.tanh(0.5 / s1 ** 2))) / 2;
    expect(map.data[0]).toBeCloseTo(expected, 1);
    expect(Math.abs(map.data[1]!)).toBeLessThan(0.05);
    expect(Math.abs((weight * 0.75) / 2)).toBeGreaterThan(0.4);
  });

  it('sees a value that matters by its magnitude, which has no pattern', async () => {
    const net = startGraph('square');
    const f = net.reduce('ReduceSum', net.mul('x', 'x'), [1], { keepdims: int(1) });
    const value = (name: string, size: number) => ({ name, type: 'float32', shape: ['N', size] }) as const;
    const graph = net.finish([value('x', 2)], [value(net.alias(f, 'output'), 1)]);
    const model = await classifierOf(graph, 'square', { engine });
    const random = seededRandom('square');
    const data = tensor(
      Float32Array.from({ length: 8000 }, () => random.normal()),
      [4000, 2],
    );
    const x = tensor(Float32Array.of(2, 0), [1, 2]);
    const { map } = await attribute(model, 'marginal-response', x, [0], { data });
    // E[f | x1] - E[f] = x1^2 - 1.
    expect(Math.abs(map.data[0]! - 3)).toBeLessThan(0.4);
    expect(Math.abs(map.data[1]! + 1)).toBeLessThan(0.2);
    const { map: pattern } = await attribute(model, 'activation-pattern', x, [0], { data });
    expect(Math.abs(pattern.data[0]!)).toBeLessThan(0.1);
  });
});
