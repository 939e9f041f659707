import { afterAll, describe, expect, it } from 'vitest';
import type { GivenOptions } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { classifierOf } from '../../model/load.js';
import {
  type Connections,
  type Literal,
  type LiteralRule,
  literalNetwork,
  stabilised,
} from '../../testing/literal-network.js';
import { attribute } from '../attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

type Net = ReturnType<typeof literalNetwork>;

/** Dense connectivity: BatchNormalization before Relu, concatenations with several readers, a transition. */
function dense(net: Net): Literal {
  let features = net.relu(net.conv(net.x, 4, 3, { pad: 1 }));
  for (let i = 0; i < 2; i++) {
    const narrow = net.relu(net.conv(net.relu(net.norm(features)), 5, 1));
    features = net.concat(features, net.conv(narrow, 3, 3, { pad: 1, norm: false }));
  }
  const transition = net.average(net.conv(net.relu(net.norm(features)), 6, 1, { norm: false }), 2);
  return net.linear(net.average(net.relu(net.norm(transition))), 3);
}

/** Inverted residuals with depthwise convolutions and ReLU6. */
function depthwise(net: Net): Literal {
  const stem = net.relu6(net.conv(net.x, 4, 3, { stride: 2, pad: 1 }));
  const wide = net.relu6(net.conv(stem, 8, 1));
  const moved = net.relu6(net.conv(wide, 8, 3, { pad: 1, groups: 8 }));
  const narrow = net.add(stem, net.conv(moved, 4, 1));
  const down = net.relu6(net.conv(narrow, 4, 3, { stride: 2, pad: 1, groups: 4 }));
  return net.linear(net.average(net.relu6(net.conv(down, 6, 1))), 3);
}

/** Squeeze-and-excitation and SiLU. */
function gated(net: Net): Literal {
  const stem = net.silu(net.conv(net.x, 4, 3, { stride: 2, pad: 1 }));
  const wide = net.silu(net.conv(stem, 8, 3, { pad: 1, groups: 4 }));
  const squeezed = net.silu(net.conv(net.average(wide), 3, 1, { norm: false }));
  const gate = net.sigmoid(net.conv(squeezed, 8, 1, { norm: false }));
  const narrow = net.add(net.conv(net.gated(wide, gate), 4, 1), stem);
  return net.linear(net.average(net.silu(net.conv(narrow, 6, 1))), 3);
}

const sum = (layer: Connections, bias: (b: number) => number, part: (k: number) => number) => {
  const z = layer.bias.map(bias);
  for (let k = 0; k < layer.weight.length; k++) z[layer.to[k]!]! += part(k);
  return z;
};
const give = (x: Float64Array, layer: Connections, part: (k: number) => number) => {
  const out = new Float64Array(x.length);
  for (let k = 0; k < layer.weight.length; k++) out[layer.from[k]!]! += part(k);
  return out;
};
const up = (v: number) => Math.max(0, v);
const down = (v: number) => Math.min(0, v);

/** Each rule as its paper writes it: R_i = sum_j z_ij / z_j R_j. */
const epsilon: LiteralRule = (x, r, l) => {
  const z = (k: number) => x[l.from[k]!]! * l.weight[k]!;
  const total = sum(l, (b) => b, z);
  return give(x, l, (k) => (z(k) * r[l.to[k]!]!) / stabilised(total[l.to[k]!]!));
};
const alphaBeta =
  (alpha: number, beta: number): LiteralRule =>
  (x, r, l) => {
    const z = (k: number) => x[l.from[k]!]! * l.weight[k]!;
    const [plus, minus] = [up, down].map((part) => sum(l, part, (k) => part(z(k)))) as [
      Float64Array,
      Float64Array,
    ];
    return give(x, l, (k) => {
      const j = l.to[k]!;
      const positive = (alpha * up(z(k))) / stabilised(plus[j]!);
      const negative = (beta * down(z(k))) / stabilised(minus[j]!);
      return (positive - negative) * r[j]!;
    });
  };
const gamma: LiteralRule = (x, r, l) => {
  const g = 0.25;
  const z = (k: number) => x[l.from[k]!]! * l.weight[k]!;
  const y = sum(l, (b) => b, z);
  const favoured = (part: (v: number) => number) => (v: number) => v + g * part(v);
  const plus = sum(l, favoured(up), (k) => favoured(up)(z(k)));
  const minus = sum(l, favoured(down), (k) => favoured(down)(z(k)));
  return give(x, l, (k) => {
    const j = l.to[k]!;
    if (y[j] === 0) return 0;
    const [part, total] = y[j]! > 0 ? ([up, plus] as const) : ([down, minus] as const);
    return (favoured(part)(z(k)) * r[j]!) / stabilised(total[j]!);
  });
};
const byWeight =
  (weigh: (w: number) => number, bias: (b: number) => number): LiteralRule =>
  (x, r, l) => {
    const total = sum(l, bias, (k) => weigh(l.weight[k]!));
    return give(x, l, (k) => (weigh(l.weight[k]!) * r[l.to[k]!]!) / stabilised(total[l.to[k]!]!));
  };
const flat = byWeight(
  () => 1,
  () => 0,
);
const wSquare = byWeight(
  (w) => w * w,
  (b) => b * b,
);
const box: LiteralRule = (x, r, l) => {
  const z = (k: number) => {
    const w = l.weight[k]!;
    return x[l.from[k]!]! * w + 1.5 * up(w) - 3 * down(w);
  };
  const total = sum(l, () => 0, z);
  return give(x, l, (k) => (z(k) * r[l.to[k]!]!) / stabilised(total[l.to[k]!]!));
};
const zPlus = alphaBeta(1, 0);
const choose =
  (convolution: LiteralRule, linear: LiteralRule, first?: LiteralRule): LiteralRule =>
  (x, r, l) =>
    (l.first && first ? first : l.kind === 'convolution' ? convolution : linear)(x, r, l);

const composites: readonly (readonly [string, LiteralRule, GivenOptions])[] = [
  ['epsilon', epsilon, {}],
  ['gamma', gamma, {}],
  ['zplus', zPlus, {}],
  ['alpha2-beta1', alphaBeta(2, 1), {}],
  ['alpha1-beta0', zPlus, {}],
  ['wsquare', wSquare, {}],
  ['flat', flat, {}],
  ['epsilon-plus', choose(zPlus, epsilon), {}],
  ['epsilon-plus-flat', choose(zPlus, epsilon, flat), {}],
  ['epsilon-gamma-box', choose(gamma, epsilon, box), { low: -1.5, high: 3 }],
  ['epsilon-alpha2-beta1', choose(alphaBeta(2, 1), epsilon), {}],
];

/** Adds relative rounding errors of single precision. */
function singlePrecision(seed: number) {
  const draw = seededRandom(seed);
  return (value: number) => value * (1 + 2 ** -23 * (2 * draw.uniform() - 1));
}

const shape = [2, 8, 8];
const size = 128;
const random = seededRandom('literal inputs');
const samples = Float32Array.from({ length: 3 * size }, () => random.normal());
const targets = [2, 0, 1];

describe.each([
  ['dense', dense],
  ['depthwise', depthwise],
  ['gated', gated],
])('relevance through a %s network', (name, build) => {
  it.each(composites)('equals the literal rule: %s', async (composite, rule, options) => {
    const literal = (row: number, round?: (value: number) => number) => {
      const net = literalNetwork(name, shape, samples.subarray(row * size, (row + 1) * size), round);
      const last = build(net);
      const target = targets[row]!;
      return { graph: net.graph(last), wanted: net.explain(last, target, rule), output: last.data[target]! };
    };
    const literals = targets.map((_, row) => literal(row));
    const model = await classifierOf(literals[0]!.graph, name, { engine });
    const input = { data: samples, shape: [3, ...shape] };
    const given = { composite, variant: 'zennit', ...options };
    const found = await attribute<string>(model, 'lrp', input, targets, given);
    expect(literals.some(({ wanted }) => wanted.some((v) => v !== 0))).toBe(true);
    for (const [row, { wanted, output }] of literals.entries()) {
      const got = found.map.data.subarray(row * size, (row + 1) * size);
      const distance = (other: ArrayLike<number>) => Math.hypot(...wanted.map((v, i) => v - other[i]!));
      const noise = Math.max(
        ...[1, 2, 3].map((seed) => distance(literal(row, singlePrecision(seed)).wanted)),
      );
      expect(distance(got)).toBeLessThanOrEqual(Math.max(1e-4 * Math.hypot(...wanted), 20 * noise));
      const kept = wanted.reduce((a, b) => a + b, 0);
      const sum = got.reduce((a, b) => a + b, 0);
      expect(found.residual![row]).toBeCloseTo(output - sum, 3);
      expect(Math.abs(sum - kept)).toBeLessThanOrEqual(1e-3 * (1 + Math.hypot(...wanted)));
    }
  });
});
