import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { recording } from '../../engine/recording.js';
import { type Attributes, float, int, ints, string } from '../../graph/attributes.js';
import { type Builder, extend, startGraph } from '../../graph/builder.js';
import { float32, int64 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { classifierOf } from '../../model/load.js';
import { rows, sizeOf } from '../../tensor/tensor.js';
import { attribute } from '../attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const random = seededRandom('deeplift');
const normal = (shape: readonly number[], scale = 1) => ({
  data: Float32Array.from({ length: sizeOf(shape) }, () => scale * random.normal()),
  shape,
});

function network(sample: readonly number[], build: (b: Builder, x: string) => string): Graph {
  const inputs = [{ name: 'x', type: 'float32' as const, shape: ['N', ...sample] }];
  const b = extend({ ...startGraph('deeplift').finish([], []), inputs });
  b.alias(build(b, 'x'), 'y');
  return b.finish(inputs, [{ name: 'y', type: 'float32' }]);
}

const w1 = normal([5, 6], 0.8);
const b1 = normal([6], 0.5);
const w2 = normal([6, 3]);
const linear = (b: Builder, x: string, w: typeof w1, bias?: typeof b1) =>
  b.emit('Gemm', [
    x,
    b.constant(float32(w.data, w.shape)),
    ...(bias ? [b.constant(float32(bias.data))] : []),
  ]);
const input = normal([3, 5]);
const far = normal([5]);
const near = { data: input.data.subarray(0, 5).map((v, i) => v + 1e-3 * (i - 2)), shape: [5] };

/** An operator on hidden values. */
type Body = (b: Builder, z: string) => string;
const one =
  (op: string, attributes: Attributes = {}, ...rest: number[]): Body =>
  (b, z) =>
    b.emit(op, [z, ...rest.map((v) => b.constant(float32([v], [])))], attributes);
/** Shifts values away from zero, for functions that are undefined there. */
const positive =
  (of: Body): Body =>
  (b, z) =>
    of(b, b.emit('Add', [b.emit('Softplus', [z]), b.constant(float32([0.1], []))]));
const twice =
  (of: (b: Builder, a: string, c: string) => string): Body =>
  (b, z) =>
    of(b, b.emit('Sin', [z]), b.emit('Neg', [z]));

const bodies: Readonly<Record<string, Body>> = {
  Relu: one('Relu'),
  LeakyRelu: one('LeakyRelu', { alpha: float(0.2) }),
  Elu: one('Elu'),
  Selu: one('Selu'),
  Celu: one('Celu', { alpha: float(1.5) }),
  ReLU6: one('Clip', {}, 0, 6),
  HardSigmoid: one('HardSigmoid'),
  HardSwish: one('HardSwish'),
  Sigmoid: one('Sigmoid'),
  Tanh: one('Tanh'),
  Softplus: one('Softplus'),
  Softsign: one('Softsign'),
  Mish: one('Mish'),
  Erf: one('Erf'),
  Gelu: one('Gelu'),
  'Gelu by tanh': one('Gelu', { approximate: string('tanh') }),
  Exp: one('Exp'),
  Abs: one('Abs'),
  Sin: one('Sin'),
  Cos: one('Cos'),
  Square: one('Pow', {}, 2),
  Log: positive(one('Log')),
  Sqrt: positive(one('Sqrt')),
  Reciprocal: positive(one('Reciprocal')),
  'Pow of -0.5': positive(one('Pow', {}, -0.5)),
  'constant / value': positive((b, z) => b.emit('Div', [b.constant(float32([2], [])), z])),
  SiLU: (b, z) => b.emit('Mul', [z, b.emit('Sigmoid', [z])]),
  'signed root': (b, z) => b.emit('Mul', [b.emit('Sign', [z]), b.emit('Sqrt', [b.emit('Abs', [z])])]),
  'one of two values': (b, z) => {
    const lower = b.emit('Less', [z, b.constant(float32([0.3], []))]);
    return b.emit('Where', [lower, b.emit('Mul', [z, z]), b.emit('Neg', [z])]);
  },
  'a value or none': (b, z) => {
    const near = b.emit('Less', [b.emit('Abs', [z]), b.constant(float32([0.5], []))]);
    return b.emit('Where', [near, b.constant(float32([0], [])), z]);
  },
  'a value with itself': (b, z) => b.emit('Mul', [z, z]),
  Mul: twice((b, a, c) => b.emit('Mul', [a, c])),
  Div: twice((b, a, c) => b.emit('Div', [a, b.emit('Exp', [c])])),
  Max: twice((b, a, c) => b.emit('Max', [a, c])),
  Min: twice((b, a, c) => b.emit('Min', [a, c])),
  Softmax: one('Softmax', { axis: int(-1) }),
  LogSoftmax: one('LogSoftmax', { axis: int(-1) }),
  LayerNormalization: (b, z) => {
    const [scale, shift] = [normal([6]), normal([6])].map((v) => b.constant(float32(v.data)));
    return b.emit('LayerNormalization', [z, scale!, shift!], { axis: int(-1), epsilon: float(1e-5) });
  },
  'matrices of two values': (b, z) => {
    const shape = (...dims: number[]) =>
      b.constant({ type: 'int64', data: BigInt64Array.from(dims, BigInt), shape: [3] });
    const product = b.emit('MatMul', [
      b.emit('Reshape', [z, shape(-1, 2, 3)]),
      b.emit('Reshape', [b.emit('Sin', [z]), shape(-1, 3, 2)]),
    ]);
    const flat = b.emit('Flatten', [product]);
    return b.emit(
      'Concat',
      [
        flat,
        b.emit('Slice', [
          z,
          ...[[0], [2], [1]].map((v) =>
            b.constant({ type: 'int64', data: BigInt64Array.from(v, BigInt), shape: [1] }),
          ),
        ]),
      ],
      { axis: int(1) },
    );
  },
  ReduceMax: (b, z) =>
    b.emit('Mul', [
      z,
      b.emit('ReduceMax', [z, b.constant({ type: 'int64', data: BigInt64Array.of(1n), shape: [1] })]),
    ]),
};

describe('completeness', () => {
  it.each(Object.entries(bodies))('holds through %s', async (name, body) => {
    const graph = network([5], (b, x) => linear(b, body(b, linear(b, x, w1, b1)), w2));
    const model = await classifierOf(graph, name, { engine });
    for (const baseline of ['zero', far, near] as const) {
      for (const rule of ['rescale', 'reveal-cancel'] as const) {
        const { map, residual } = await attribute(model, 'deeplift', input, [0, 1, 2], { baseline, rule });
        const size = Math.hypot(...map.data);
        expect(size).toBeGreaterThan(0);
        for (const rest of residual!) expect(Math.abs(rest)).toBeLessThan(1e-5 * (1 + size));
      }
    }
  });

  const spatial: Readonly<Record<string, Body>> = {
    'overlapping, padded max-pooling': one('MaxPool', {
      kernel_shape: ints([3, 3]),
      strides: ints([2, 2]),
      pads: ints([1, 1, 1, 1]),
    }),
    'windows that begin in what is padded': (b, z) => {
      const attributes = {
        kernel_shape: ints([2, 2]),
        strides: ints([3, 3]),
        pads: ints([1, 1, 1, 1]),
        ceil_mode: int(1),
      };
      return b.emit('Add', [b.emit('MaxPool', [z], attributes), b.emit('AveragePool', [z], attributes)]);
    },
    'average pooling': one('AveragePool', { kernel_shape: ints([2, 2]) }),
    'global max-pooling': one('GlobalMaxPool'),
    'instance normalisation': (b, z) =>
      b.emit('InstanceNormalization', [
        z,
        ...[normal([4]), normal([4])].map((v) => b.constant(float32(v.data))),
      ]),
    'group normalisation': (b, z) =>
      b.emit(
        'GroupNormalization',
        [z, ...[normal([2]), normal([2])].map((v) => b.constant(float32(v.data)))],
        { num_groups: int(2) },
      ),
    'squeeze and excitation': (b, z) =>
      b.emit('Mul', [z, b.emit('Sigmoid', [b.emit('GlobalAveragePool', [z])])]),
  };
  const graphOf = (body: Body) => {
    const weights = normal([4, 2, 3, 3], 0.4);
    return network([2, 7, 6], (b, x) => {
      const convolved = b.emit('Conv', [x, b.constant(float32(weights.data, weights.shape))], {
        pads: ints([1, 1, 1, 1]),
      });
      return b.emit('Flatten', [b.emit('GlobalAveragePool', [b.emit('Relu', [body(b, convolved)])])]);
    });
  };
  it.each(Object.entries(spatial))(
    'has one reference for several images in float32: %s',
    async (name, body) => {
      const graph = graphOf(body);
      const images = normal([3, 2, 7, 6]);
      const [single, double] = await Promise.all(
        (['float32', 'float64'] as const).map(async (precision) => {
          const model = await classifierOf(graph, name, { engine, precision });
          return (await attribute(model, 'deeplift', images, [1, 3, 0], { baseline: 'zero' })).map.data;
        }),
      );
      for (const [i, value] of single!.entries()) expect(value).toBeCloseTo(double![i]!, 4);
    },
  );

  it.each(Object.entries(spatial))('holds through %s', async (name, body) => {
    const model = await classifierOf(graphOf(body), name, { engine });
    const images = normal([2, 2, 7, 6]);
    for (const rule of ['rescale', 'reveal-cancel'] as const) {
      const options = { baseline: 'mean', rule } as const;
      const { map, residual } = await attribute(model, 'deeplift', images, [1, 3], options);
      for (const rest of residual!) expect(Math.abs(rest)).toBeLessThan(1e-5);
      const alone = await attribute(model, 'deeplift', rows(images, 1, 2), [3], options);
      for (const [i, value] of alone.map.data.entries()) expect(map.data[84 + i]).toBeCloseTo(value, 5);
    }
  });
});

/** The hidden values in float64: for each its weights and the differences from the baseline. */
function hidden(row: number, baseline: ArrayLike<number>) {
  return Array.from({ length: 6 }, (_, j) => {
    const weight = Array.from({ length: 5 }, (_, i) => w1.data[i * 6 + j]!);
    const change = weight.map((w, i) => w * (input.data[row * 5 + i]! - baseline[i]!));
    const start = weight.reduce((sum, w, i) => sum + w * baseline[i]!, b1.data[j]!);
    const sum = (sign: number) => change.filter((c) => c * sign > 0).reduce((a, b) => a + b, 0);
    return { change, start, up: sum(1), down: sum(-1) };
  });
}

const curves: Readonly<Record<string, (v: number) => number>> = {
  Relu: (v) => Math.max(0, v),
  Sigmoid: (v) => 1 / (1 + Math.exp(-v)),
  Tanh: Math.tanh,
  Exp: Math.exp,
};

describe.each(Object.entries(curves))('after %s', (op, f) => {
  const build = () =>
    classifierOf(
      network([5], (b, x) => linear(b, b.emit(op, [linear(b, x, w1, b1)]), w2)),
      op,
      { engine },
    );
  it('rescale equals the quotient of differences', async () => {
    const { map } = await attribute(await build(), 'deeplift', input, [0, 1, 2], { baseline: far });
    for (const row of [0, 1, 2]) {
      const wanted = new Float64Array(5);
      for (const [j, { change, start, up, down }] of hidden(row, far.data).entries()) {
        const quotient = (f(start + up + down) - f(start)) / (up + down);
        for (const [i, c] of change.entries()) wanted[i]! += c * quotient * w2.data[j * 3 + row]!;
      }
      for (const [i, value] of wanted.entries()) expect(map.data[row * 5 + i]).toBeCloseTo(value, 4);
    }
  });
  it('reveal-cancel is the mean over both orders of the signed parts', async () => {
    const options = { baseline: far, rule: 'reveal-cancel' } as const;
    const { map } = await attribute(await build(), 'deeplift', input, [0, 1, 2], options);
    for (const row of [0, 1, 2]) {
      const wanted = new Float64Array(5);
      for (const [j, { change, start, up, down }] of hidden(row, far.data).entries()) {
        const whole = f(start + up + down);
        const rise = (f(start + up) - f(start) + whole - f(start + down)) / 2;
        const fall = (f(start + down) - f(start) + whole - f(start + up)) / 2;
        for (const [i, c] of change.entries()) {
          const part = c > 0 ? rise / up : fall / down;
          wanted[i]! += c * part * w2.data[j * 3 + row]!;
        }
      }
      for (const [i, value] of wanted.entries()) expect(map.data[row * 5 + i]).toBeCloseTo(value, 4);
    }
  });
});

describe.each(['float32', 'float64'] as const)('through a rectifier in %s', (precision) => {
  const pairs = [2, 1, -1, -3, 0, 1e-30, -1e-30, 1 + 2 ** -23].flatMap((a, _, all) => all.map((b) => [a, b]));
  it.each(pairs)('a change from %d to %d is attributed to the changed value', async (from, to) => {
    const graph = network([2], (b, x) =>
      linear(b, b.emit('Relu', [x]), { data: Float32Array.of(1, 0, 0, 1), shape: [2, 2] }),
    );
    const model = await classifierOf(graph, 'rectifier', { engine, precision });
    const at = (value: number) => ({ data: Float32Array.of(value, 0.5), shape: [1, 2] });
    const { map } = await attribute(model, 'deeplift', at(to!), [0], { baseline: at(from!) });
    const change = Math.max(0, Math.fround(to!)) - Math.max(0, Math.fround(from!));
    expect(Math.abs(map.data[0]! - change)).toBeLessThanOrEqual(2 ** -22 * Math.abs(change));
    expect(map.data[1]).toBe(0);
  });
});

it.each([2, 4])('averages over %i baselines like separate runs', async (count) => {
  const graph = network([5], (b, x) => linear(b, b.emit('Tanh', [linear(b, x, w1, b1)]), w2));
  const model = await classifierOf(graph, 'shap', { engine });
  const baselines = normal([count, 5]);
  const { map, residual } = await attribute(model, 'deeplift-shap', input, [2, 1, 0], { baselines });
  const each = await Promise.all(
    Array.from({ length: count }, (_, b) =>
      attribute(model, 'deeplift', input, [2, 1, 0], { baseline: rows(baselines, b, b + 1) }),
    ),
  );
  for (const [i, value] of map.data.entries()) {
    expect(value).toBeCloseTo(each.reduce((sum, one) => sum + one.map.data[i]!, 0) / count, 5);
  }
  for (const rest of residual!) expect(Math.abs(rest)).toBeLessThan(1e-5);
  await expect(attribute(model, 'deeplift-shap', input, [2, 1, 0], { baselines: far })).rejects.toThrow(
    /'baselines' has shape \[5\]; it takes \[M,5\]/,
  );
});

// ONNX Runtime's compilation is quadratic in the values of unknown shape: 24 GELU layers took four times as
// long.
it.each([
  ['one shared by all samples', far, 1],
  ['one for each', input, 'N'],
] as const)('declares how many references there are: %s', async (_, baseline, rows) => {
  const seen = recording(engine);
  const graph = network([5], (b, x) => linear(b, b.emit('Gelu', [linear(b, x, w1, b1)]), w2));
  const model = await classifierOf(graph, 'gelu', { engine: seen, precision: 'float64' });
  await attribute(model, 'deeplift', input, [2, 1, 0], { baseline });
  const shapes = seen.graphs.map(({ inputs }) => inputs.map(({ shape }) => shape![0]));
  expect(shapes).toContainEqual(['N', rows, 'N']);
});

it('names an operator without a rule', async () => {
  const graph = network([5], (b, x) => linear(b, b.emit('Floor', [linear(b, x, w1, b1)]), w2));
  const model = await classifierOf(graph, 'floor', { engine });
  await expect(attribute(model, 'deeplift', input, [0, 1, 2])).rejects.toThrow(
    /deeplift has no rule for operator 'Floor'/,
  );
  await expect(attribute(model, 'lrp', input, [0, 1, 2])).rejects.toThrow(/no rule for operator 'Floor'/);
});

describe('places that depend on the shape of the batch alone', () => {
  it('are followed, as in a strided view of all samples', async () => {
    const strided = network([5], (b, x) => {
      const hidden = b.emit('Tanh', [linear(b, x, w1, b1)]);
      const flat = b.emit('Reshape', [hidden, b.constant(int64([-1]))]);
      const count = b.emit('Squeeze', [b.emit('Shape', [x], { start: int(0), end: int(1) })]);
      const number = (value: number) => b.constant(int64([value], []));
      const starts = b.emit('Mul', [b.emit('Range', [number(0), count, number(1)]), number(6)]);
      const places = b.emit('Add', [
        b.emit('Unsqueeze', [starts, b.constant(int64([1]))]),
        b.constant(int64([4, 0, 5])),
      ]);
      return b.emit('Gather', [flat, places]);
    });
    const model = await classifierOf(strided, 'strided', { engine });
    const { map, residual } = await attribute(model, 'deeplift', input, [0, 1, 2]);
    expect(map.data.some((value) => value !== 0)).toBe(true);
    for (const left of residual!) expect(Math.abs(left)).toBeLessThan(1e-5);
  });

  it('are not, where they are counted among the values', async () => {
    const counted = network([5], (b, x) => {
      const hidden = b.emit('Relu', [linear(b, x, w1, b1)]);
      const found = b.emit('Shape', [
        b.emit('Transpose', [b.emit('NonZero', [hidden])], { perm: ints([1, 0]) }),
      ]);
      const place = b.emit('Mod', [
        b.emit('Slice', [found, ...[0, 1].map((i) => b.constant(int64([i])))]),
        b.constant(int64([6])),
      ]);
      return b.emit('Gather', [hidden, place], { axis: int(1) });
    });
    const model = await classifierOf(counted, 'counted', { engine });
    await expect(attribute(model, 'deeplift', input, [0, 0, 0])).rejects.toThrow('depends on the input');
  });
});
