import { afterAll, describe, expect, it } from 'vitest';
import type { GivenOptions } from '../base/options.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { int, ints } from '../graph/attributes.js';
import { type Builder, startGraph } from '../graph/builder.js';
import { float32, int64 } from '../graph/elements.js';
import { classifierOf } from '../model/load.js';
import { normalFrom } from '../testing/normal.js';
import { attribute } from './attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const input = normalFrom('equal maps')(2, 2, 4, 4);
const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
const weights = (seed: string, ...shape: number[]) => normalFrom(seed)(...shape);

/** A convolution of the input to three maps; `bias` is added to each. */
const convolved = (b: Builder, bias = 0, x = 'x') =>
  b.emit(
    'Conv',
    [x, b.constant(weights('kernel', 3, 2, 3, 3)), b.constant(float32([bias, bias, bias]))],
    { pads: ints([1, 1, 1, 1]) },
    'maps',
  );

/** Two classes of the sums over all places of maps, weighted differently. */
const classed = (b: Builder, maps: string, size = 48) =>
  b.emit('MatMul', [b.emit('Flatten', [maps]), b.constant(weights('head', size, 2))]);

async function explainedBy(
  net: (b: Builder) => string,
  method: string,
  options: GivenOptions = {},
  precision: 'float64' | 'float32' = 'float64',
) {
  const b = startGraph('net');
  b.alias(net(b), 'y');
  const graph = b.finish([value('x', ['N', 2, 4, 4])], [value('y', ['N', 2])]);
  const model = await classifierOf(graph, 'net', { engine, precision });
  return attribute(model, method, input, [0, 1], options);
}

/** The greatest difference of two maps, as a part of the greatest value. */
function apart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [most, greatest] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    most = Math.max(most, Math.abs(a[i]! - b[i]!));
    greatest = Math.max(greatest, Math.abs(b[i]!));
  }
  return most / greatest;
}

const nets: Readonly<Record<string, (b: Builder) => string>> = {
  'a linear model': (b) => classed(b, convolved(b, 0.3)),
  rectifiers: (b) => classed(b, b.relu(convolved(b))),
  'rectifiers beside a sum': (b) => {
    const maps = convolved(b);
    return classed(b, b.add(b.relu(maps), b.emit('LeakyRelu', [maps])));
  },
  'a maximum of rectified values': (b) => classed(b, b.emit('GlobalMaxPool', [convolved(b)]), 3),
  'a maximum of biased values': (b) => {
    const pooled = b.emit('MaxPool', [b.relu(convolved(b, 0.3))], {
      kernel_shape: ints([2, 2]),
      strides: ints([2, 2]),
    });
    return classed(b, b.relu(b.add(classed(b, pooled, 12), 0.1)), 2);
  },
  biases: (b) => classed(b, b.relu(convolved(b, 0.3))),
  'a sigmoid': (b) => classed(b, b.emit('Sigmoid', [convolved(b)])),
  'a product': (b) => {
    const maps = convolved(b);
    return classed(b, b.mul(maps, maps));
  },
  'a constant beside': (b) => classed(b, b.relu(b.add(convolved(b), 0.3))),
};
const fromZero: readonly (readonly [string, GivenOptions])[] = [
  ['integrated-gradients', {}],
  ['expected-gradients', { samples: 20 }],
  ['deeplift', {}],
  ['deeplift-shap', {}],
  ['lrp', { composite: 'epsilon' }],
];
const told: Readonly<Record<string, readonly string[]>> = {
  'a linear model': fromZero.map(([method]) => method),
  rectifiers: fromZero.map(([method]) => method),
  'rectifiers beside a sum': fromZero.map(([method]) => method),
  'a maximum of rectified values': ['integrated-gradients', 'expected-gradients', 'lrp'],
  'a maximum of biased values': ['lrp'],
  biases: ['lrp'],
  'a constant beside': ['lrp'],
};

describe('a map that is the input times its gradient', () => {
  it.each(Object.entries(nets))('is told of %s, and of no others', async (name, net) => {
    const plain = await explainedBy(net, 'input-x-gradient');
    for (const [method, options] of fromZero) {
      const { map, notes } = await explainedBy(net, method, options);
      const says = notes.some((note) => /the map (is that )?of input-x-gradient/.test(note));
      expect(says, method).toBe(told[name]?.includes(method) ?? false);
      if (says) expect(apart(map.data, plain.map.data), method).toBeLessThan(1e-4);
      else if (!name.includes('maximum'))
        expect(apart(map.data, plain.map.data), method).toBeGreaterThan(1e-4);
    }
  });

  it('is told of a baseline of zeros and the rule that it holds for', async () => {
    const says = async (method: string, options: GivenOptions) =>
      (await explainedBy(nets.rectifiers!, method, options)).notes.join();
    const ones = { data: new Float32Array(32).fill(1), shape: [2, 4, 4] };
    const zeros = { data: new Float32Array(32), shape: [2, 4, 4] };
    for (const method of ['integrated-gradients', 'deeplift']) {
      expect(await says(method, { baseline: ones })).not.toContain('that of input-x-gradient');
      expect(await says(method, { baseline: zeros })).toContain('that of input-x-gradient');
    }
    expect(await says('deeplift', { rule: 'reveal-cancel' })).not.toContain('that of input-x-gradient');
    expect(await says('lrp', { composite: 'epsilon', epsilon: 0.1 })).not.toContain('input-x-gradient');
  });
});

it('of one baseline, deeplift-shap says that its map is that of deeplift', async () => {
  const [one, two] = [1, 2].map((count) => normalFrom('baselines')(count, 2, 4, 4));
  const net = nets.biases!;
  const plain = await explainedBy(net, 'deeplift', { baseline: { data: one!.data, shape: [2, 4, 4] } });
  const { map, notes } = await explainedBy(net, 'deeplift-shap', { baselines: one });
  expect(notes).toContain('of one baseline, the map is that of deeplift');
  expect(apart(map.data, plain.map.data)).toBeLessThan(1e-6);
  expect((await explainedBy(net, 'deeplift-shap', { baselines: two })).notes.join()).not.toContain('of one');
});

it('without noise, gradient-shap says that its map is that of expected-gradients', async () => {
  const net = nets.biases!;
  const plain = await explainedBy(net, 'expected-gradients', { samples: 5 });
  const { map, notes } = await explainedBy(net, 'gradient-shap', { samples: 5 });
  expect(notes).toContain('without noise, the map is that of expected-gradients');
  expect(plain.notes.join()).not.toContain('without noise');
  expect(map).toEqual(plain.map);
  const noisy = await explainedBy(net, 'gradient-shap', { samples: 5, noise: 0.1 });
  expect(noisy.notes.join()).not.toContain('without noise');
});

describe('a class activation map that is that of another method', () => {
  const heads: Readonly<Record<string, (b: Builder, maps: string) => string>> = {
    'global average pooling': (b, maps) => classed(b, b.emit('GlobalAveragePool', [maps]), 3),
    'a mean': (b, maps) => classed(b, b.reduce('ReduceMean', maps, [2, 3]), 3),
    'a dense head': (b, maps) => classed(b, maps),
    'a mean and a maximum': (b, maps) =>
      classed(b, b.concat([b.emit('GlobalAveragePool', [maps]), b.emit('GlobalMaxPool', [maps])], 1), 6),
    'a mean of rows': (b, maps) => classed(b, b.reduce('ReduceMean', maps, [2]), 12),
    'a mean behind moved axes': (b, maps) => {
      const moved = b.emit('Unsqueeze', [b.transpose(maps, [0, 2, 3, 1]), b.constant(int64([1]))]);
      return classed(b, b.reduce('ReduceMean', moved, [-3, 3]), 3);
    },
    'a mean of columns behind moved axes': (b, maps) =>
      classed(b, b.reduce('ReduceMean', b.transpose(maps, [0, 2, 3, 1]), [1]), 12),
    'a mean behind moved axes, and the maps': (b, maps) => {
      const mean = b.reduce('ReduceMean', b.transpose(maps, [0, 2, 3, 1]), [1, 2], { keepdims: int(0) });
      return b.add(classed(b, mean, 3), classed(b, b.mul(maps, 2)));
    },
  };
  it.each(Object.entries(heads))('is told where gradients are even: %s', async (name, head) => {
    const net = (b: Builder) => head(b, b.relu(convolved(b, 0.3)));
    const even = ['global average pooling', 'a mean', 'a mean behind moved axes'].includes(name);
    const layer = { upsample: 'none', relu: false };
    const plain = await explainedBy(net, 'gradcam', layer);
    for (const method of ['hirescam', 'xgradcam']) {
      const { map, notes } = await explainedBy(net, method, layer);
      expect(
        notes.some((note) => note.endsWith('the map is that of gradcam')),
        method,
      ).toBe(even);
      if (even) expect(apart(map.data, plain.map.data), method).toBeLessThan(1e-5);
      else expect(apart(map.data, plain.map.data), method).toBeGreaterThan(1e-5);
    }
  });

  const quantised = (b: Builder, value: string, zero: number) => {
    const point = { type: 'int8' as const, data: Int8Array.of(zero), shape: [] };
    const grid = [b.constant(float32([0.05], [])), b.constant(point)];
    return b.emit('DequantizeLinear', [b.emit('QuantizeLinear', [value, ...grid]), ...grid]);
  };
  const activations: Readonly<Record<string, (b: Builder, maps: string) => string>> = {
    Relu: (b, maps) => b.relu(maps),
    Tanh: (b, maps) => b.tanh(maps),
    'Relu, quantised': (b, maps) => quantised(b, b.relu(maps), -20),
    'quantised from 0 on': (b, maps) => quantised(b, maps, -128),
    'Tanh, quantised': (b, maps) => quantised(b, b.tanh(maps), -20),
    'Relu, dynamically quantised': (b, maps) =>
      b.emit('DequantizeLinear', b.emitAll('DynamicQuantizeLinear', [b.relu(maps)], 3)),
  };
  it.each(Object.keys(activations))('is told where a layer is nowhere negative: %s', async (op) => {
    const net = (b: Builder) => classed(b, activations[op]!(b, convolved(b, 0.3)));
    const layer = { upsample: 'none' };
    const precision = op.includes('quantised') ? 'float32' : 'float64';
    const { map, notes } = await explainedBy(net, 'gradcam-elementwise', layer, precision);
    const plain = await explainedBy(net, 'layercam', layer, precision);
    const same = !op.startsWith('Tanh');
    expect(notes.some((note) => note.endsWith('the map is that of layercam'))).toBe(same);
    if (same) expect(apart(map.data, plain.map.data)).toBeLessThan(1e-6);
    else expect(apart(map.data, plain.map.data)).toBeGreaterThan(1e-3);
  });
});
