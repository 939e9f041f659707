import { seededRandom } from '../base/random.js';
import { float, int, ints } from '../graph/attributes.js';
import { extend } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';

/** One sample's value in double precision, `[C, H, W]` or `[F]`, and the ONNX value that it stands for. */
export interface Literal {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float64Array;
  readonly relevance: Float64Array;
}

/** What a layer is, said as plainly as can be: a list of who gives how much to whom. */
export interface Connections {
  readonly kind: 'convolution' | 'linear';
  readonly first: boolean;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly weight: Float64Array;
  readonly bias: Float64Array;
}

/** How relevance goes back through one layer: from `(x, R_out, connections)` to `R_in`. */
export type LiteralRule = (x: Float64Array, relevance: Float64Array, layer: Connections) => Float64Array;

interface Window {
  readonly stride?: number;
  readonly pad?: number;
  readonly groups?: number;
}

/**
 * Builds a network twice at once: as an ONNX graph, and as double-precision arithmetic on one sample that
 * remembers how to send relevance back. For tests: every connection is a number in a list. `round` is applied
 * to every value and partial sum, to see how much rounding changes.
 */
export function literalNetwork(
  seed: string,
  input: readonly number[],
  sample: ArrayLike<number>,
  round: (value: number) => number = (value) => value,
) {
  const random = seededRandom(seed);
  const inputs = [{ name: 'x', type: 'float32' as const, shape: ['N', ...input] }];
  const empty: Graph = {
    name: seed,
    opsets: { '': 20 },
    inputs,
    outputs: [],
    nodes: [],
    initializers: new Map(),
    metadata: {},
  };
  const b = extend(empty);
  const back: ((rule: LiteralRule) => void)[] = [];
  let layers = 0;
  const f32 = (length: number, scale: number, shift = 0) =>
    Float32Array.from({ length }, () => shift + scale * random.normal());
  const constant = (data: Float32Array, shape: readonly number[] = [data.length]) =>
    b.constant(float32(data, shape));
  const value = (name: string, shape: readonly number[], data: Float64Array): Literal => ({
    name,
    shape,
    data: data.map(round),
    relevance: new Float64Array(data.length),
  });
  const x = value('x', input, Float64Array.from(sample));
  const share = (from: Literal, of: (i: number) => number) =>
    back.push(() => {
      for (let i = 0; i < from.data.length; i++) from.relevance[i]! += of(i);
    });

  const layer = (
    from: Literal,
    name: string,
    shape: readonly number[],
    c: Omit<Connections, 'first'>,
  ): Literal => {
    const first = layers++ === 0;
    const data = Float64Array.from(c.bias);
    for (let k = 0; k < c.weight.length; k++) {
      const to = c.to[k]!;
      data[to] = round(data[to]! + c.weight[k]! * from.data[c.from[k]!]!);
    }
    const out = value(name, shape, data);
    back.push((rule) => {
      const given = rule(from.data, out.relevance, { ...c, first });
      for (let i = 0; i < given.length; i++) from.relevance[i]! += given[i]!;
    });
    return out;
  };

  const statistics = (channels: number) => {
    const [scale, shift, mean] = [f32(channels, 0.3, 1), f32(channels, 0.3), f32(channels, 0.3)];
    const variance = f32(channels, 0.1, 1).map(Math.abs);
    const factor = Array.from(scale, (s, c) => s / Math.sqrt(variance[c]! + 1e-5));
    return {
      names: [scale, shift, mean, variance].map((v) => constant(v)),
      factor,
      offset: factor.map((s, c) => shift[c]! - s * mean[c]!),
    };
  };
  const batchNorm = (name: string, s: ReturnType<typeof statistics>) =>
    b.emit('BatchNormalization', [name, ...s.names], { epsilon: float(1e-5) });

  const net = {
    x,
    /** A convolution, with a BatchNormalization behind it that is merged. */
    conv(
      from: Literal,
      outputs: number,
      kernel: number,
      given: Window & { readonly norm?: boolean } = {},
    ): Literal {
      const { stride = 1, pad = 0, groups = 1, norm = true } = given;
      const [channels, height, width] = from.shape as [number, number, number];
      const [inOf, outOf] = [channels / groups, outputs / groups];
      const w = f32(outputs * inOf * kernel * kernel, 1 / Math.sqrt(inOf * kernel * kernel));
      const bias = f32(outputs, 0.2);
      const made = b.emit('Conv', [from.name, constant(w, [outputs, inOf, kernel, kernel]), constant(bias)], {
        strides: ints([stride, stride]),
        pads: ints([pad, pad, pad, pad]),
        group: int(groups),
      });
      const s = norm ? statistics(outputs) : undefined;
      const [h, v] = [height, width].map((n) => Math.floor((n + 2 * pad - kernel) / stride) + 1) as [
        number,
        number,
      ];
      const [fromList, toList, weights]: [number[], number[], number[]] = [[], [], []];
      for (let o = 0; o < outputs; o++)
        for (let c = 0; c < inOf; c++)
          for (let i = 0; i < h; i++)
            for (let j = 0; j < v; j++)
              for (let p = 0; p < kernel; p++)
                for (let q = 0; q < kernel; q++) {
                  const [row, column] = [i * stride + p - pad, j * stride + q - pad];
                  if (row < 0 || column < 0 || row >= height || column >= width) continue;
                  const channel = Math.floor(o / outOf) * inOf + c;
                  fromList.push((channel * height + row) * width + column);
                  toList.push((o * h + i) * v + j);
                  weights.push(w[((o * inOf + c) * kernel + p) * kernel + q]! * (s?.factor[o] ?? 1));
                }
      return layer(from, s ? batchNorm(made, s) : made, [outputs, h, v], {
        kind: 'convolution',
        from: Int32Array.from(fromList),
        to: Int32Array.from(toList),
        weight: Float64Array.from(weights),
        bias: Float64Array.from({ length: outputs * h * v }, (_, i) => {
          const o = Math.floor(i / (h * v));
          return bias[o]! * (s?.factor[o] ?? 1) + (s?.offset[o] ?? 0);
        }),
      });
    },
    linear(from: Literal, outputs: number): Literal {
      const features = from.data.length;
      const [w, bias] = [f32(outputs * features, 1 / Math.sqrt(features)), f32(outputs, 0.2)];
      const flat = from.shape.length > 1 ? b.emit('Flatten', [from.name]) : from.name;
      const name = b.emit('Gemm', [flat, constant(w, [outputs, features]), constant(bias)], {
        transB: int(1),
      });
      return layer(from, name, [outputs], {
        kind: 'linear',
        from: Int32Array.from(w, (_, k) => k % features),
        to: Int32Array.from(w, (_, k) => Math.floor(k / features)),
        weight: Float64Array.from(w),
        bias: Float64Array.from(bias),
      });
    },
    /** A BatchNormalization that nothing can take up: all relevance passes. */
    norm(from: Literal): Literal {
      const [channels] = from.shape as [number];
      const s = statistics(channels);
      const area = from.data.length / channels;
      const at = (i: number) => Math.floor(i / area);
      const data = from.data.map((v, i) => v * s.factor[at(i)]! + s.offset[at(i)]!);
      return passed(from, batchNorm(from.name, s), data);
    },
    relu: (from: Literal) =>
      passed(
        from,
        b.emit('Relu', [from.name]),
        from.data.map((v) => Math.max(0, v)),
      ),
    relu6(from: Literal) {
      const bounds = [b.constant(float32([0], [])), b.constant(float32([6], []))];
      const name = b.emit('Clip', [from.name, ...bounds]);
      return passed(
        from,
        name,
        from.data.map((v) => Math.min(6, Math.max(0, v))),
      );
    },
    silu(from: Literal) {
      const name = b.emit('Mul', [from.name, b.emit('Sigmoid', [from.name])]);
      return passed(
        from,
        name,
        from.data.map((v) => v * sigmoid(v)),
      );
    },
    sigmoid: (from: Literal) => passed(from, b.emit('Sigmoid', [from.name]), from.data.map(sigmoid)),
    /** Each channel times its gate: the signal takes all. */
    gated(signal: Literal, gate: Literal): Literal {
      const area = signal.data.length / gate.data.length;
      const data = signal.data.map((v, i) => v * gate.data[Math.floor(i / area)]!);
      return passed(signal, b.emit('Mul', [gate.name, signal.name]), data);
    },
    add(a: Literal, c: Literal): Literal {
      const out = value(
        b.emit('Add', [a.name, c.name]),
        a.shape,
        a.data.map((v, i) => v + c.data[i]!),
      );
      for (const part of [a, c])
        share(part, (i) => (part.data[i]! * out.relevance[i]!) / stabilised(out.data[i]!));
      return out;
    },
    concat(a: Literal, c: Literal): Literal {
      const shape = [a.shape[0]! + c.shape[0]!, ...a.shape.slice(1)];
      const out = value(
        b.emit('Concat', [a.name, c.name], { axis: int(1) }),
        shape,
        Float64Array.from([...a.data, ...c.data]),
      );
      share(a, (i) => out.relevance[i]!);
      share(c, (i) => out.relevance[a.data.length + i]!);
      return out;
    },
    /** The mean of squares of `size` by `size`; all of a channel by default. */
    average(from: Literal, size?: number): Literal {
      const [channels, height, width] = from.shape as [number, number, number];
      const side = size ?? height;
      const name = size
        ? b.emit('AveragePool', [from.name], {
            kernel_shape: ints([side, side]),
            strides: ints([side, side]),
          })
        : b.emit('GlobalAveragePool', [from.name]);
      const [h, w] = [height / side, width / side];
      const to = (i: number) => {
        const [c, row, column] = [
          Math.floor(i / (height * width)),
          Math.floor(i / width) % height,
          i % width,
        ];
        return (c * h + Math.floor(row / side)) * w + Math.floor(column / side);
      };
      const data = new Float64Array(channels * h * w);
      for (let i = 0; i < from.data.length; i++) data[to(i)]! += from.data[i]! / (side * side);
      const out = value(name, [channels, h, w], data);
      share(
        from,
        (i) => (from.data[i]! / (side * side)) * (out.relevance[to(i)]! / stabilised(data[to(i)]!)),
      );
      return out;
    },
    /** The ONNX graph with `last` as its output. */
    graph(last: Literal): Graph {
      b.alias(last.name, 'y');
      return b.finish(inputs, [{ name: 'y', type: 'float32' }]);
    },
    /** The relevance of the input for output `target`, started as that output. */
    explain(last: Literal, target: number, rule: LiteralRule): Float64Array {
      last.relevance[target] = last.data[target]!;
      for (const step of back.toReversed()) step(rule);
      return x.relevance;
    },
  };
  function passed(from: Literal, name: string, data: Float64Array): Literal {
    const out = value(name, from.shape, data);
    share(from, (i) => out.relevance[i]!);
    return out;
  }
  return net;
}

export const stabilised = (z: number, epsilon = 1e-6): number => z + (z < 0 ? -epsilon : epsilon);
const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
