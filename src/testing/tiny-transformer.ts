import { type Random, seededRandom } from '../base/random.js';
import { int, ints } from '../graph/attributes.js';
import { type Builder, startGraph } from '../graph/builder.js';
import { float32, int64, scalar } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import { sizeOf } from '../tensor/tensor.js';

/**
 * How an export may hold the heads: `[N, h, T, d]`, `[N h, T, d]`, one product for each head, `[h, N, T, d]`,
 * Einsum, keys in the rows of the scores.
 */
export const headLayouts = ['apart', 'merged', 'each', 'heads-first', 'einsum', 'turned'] as const;
export const readouts = ['class', 'class-last', 'distilled', 'mean', 'mean-of-patches', 'greatest'] as const;

export interface TinyTransformer {
  readonly layout?: (typeof headLayouts)[number];
  readonly readout?: (typeof readouts)[number];
  /** Of the image, 2 patches of 4x4 high and 3 wide by default. */
  readonly windows?: boolean;
}

export const tinyShape = [1, 8, 12] as const;
const [patches, width, heads, classes] = [6, 4, 2, 3];
const depth = width / heads;

/**
 * Two attention layers with residual connections over a 2x3 grid of patches; equal weights for every layout.
 */
export function tinyTransformer({
  layout = 'apart',
  readout = 'class',
  windows = false,
}: TinyTransformer = {}): Graph {
  const builder = startGraph('tiny transformer');
  const random = seededRandom('tiny transformer');
  const weights = weightsOf(builder, random);
  const map = builder.emit('Conv', ['image', weights('patches', [width, 1, 4, 4])], {
    kernel_shape: ints([4, 4]),
    strides: ints([4, 4]),
  });
  const flat = reshape(builder, map, [0, width, patches]);
  let x = turn(builder, flat, [0, 2, 1]);
  const extra = { class: 1, 'class-last': 1, distilled: 2, mean: 0, 'mean-of-patches': 1, greatest: 1 }[
    readout
  ];
  if (extra > 0) {
    const token = weights('class', [1, extra, width]);
    const count = builder.emit('Shape', [x], { start: int(0), end: int(1) });
    const rest = builder.constant(int64([extra, width]));
    const shape = builder.emit('Concat', [count, rest], { axis: int(0) });
    const own = builder.emit('Expand', [token, shape]);
    const order = readout === 'class-last' ? [x, own] : [own, x];
    x = builder.emit('Concat', order, { axis: int(1) });
  }
  const tokens = patches + extra;
  for (let layer = 0; layer < 2; layer++) {
    const mixed = attention(builder, x, layer, tokens, layout, windows, weights);
    x = builder.emit('Add', [x, mixed]);
    x = builder.emit('Add', [
      x,
      builder.emit('Tanh', [linear(builder, x, weights(`mlp${layer}`, [width, width]))]),
    ]);
  }
  const head = (token: string, name: string) => linear(builder, token, weights(name, [width, classes]));
  const at = (i: number) =>
    builder.emit(
      'Gather',
      [x, builder.constant({ type: 'int64', data: BigInt64Array.of(BigInt(i)), shape: [] })],
      {
        axis: int(1),
      },
    );
  const mean = (value: string) =>
    builder.emit('ReduceMean', [value, builder.constant(int64([1]))], { keepdims: int(0) });
  const rest = () =>
    builder.emit('Slice', [x, ...[[1], [tokens], [1]].map((v) => builder.constant(int64(v)))]);
  const logits = {
    class: () => head(at(0), 'head'),
    'class-last': () => head(at(patches), 'head'),
    distilled: () =>
      builder.emit('Mul', [
        builder.emit('Add', [head(at(0), 'head'), head(at(1), 'head2')]),
        builder.constant(scalar(0.5)),
      ]),
    mean: () => head(mean(x), 'head'),
    'mean-of-patches': () => head(mean(rest()), 'head'),
    greatest: () =>
      head(builder.emit('ReduceMax', [rest(), builder.constant(int64([1]))], { keepdims: int(0) }), 'head'),
  }[readout]();
  return builder.finish(
    [{ name: 'image', type: 'float32', shape: ['N', ...tinyShape] }],
    [{ name: logits, type: 'float32', shape: ['N', classes] }],
  );
}

const reshape = (builder: Builder, value: string, shape: readonly number[]) =>
  builder.emit('Reshape', [value, builder.constant(int64(shape))]);
const turn = (builder: Builder, value: string, perm: readonly number[]) =>
  builder.emit('Transpose', [value], { perm: ints(perm) });
const linear = (builder: Builder, value: string, weight: string) => builder.emit('MatMul', [value, weight]);

const weightsOf = (builder: Builder, random: Random) => (name: string, shape: readonly number[]) => {
  const own = random.fork(name);
  const data = Float32Array.from({ length: sizeOf(shape) }, () => 0.6 * own.normal());
  return builder.constant(float32(data, shape), name);
};

type Weights = ReturnType<typeof weightsOf>;

function attention(
  builder: Builder,
  x: string,
  layer: number,
  tokens: number,
  layout: TinyTransformer['layout'],
  windows: boolean,
  weights: Weights,
): string {
  const [q, k, v] = ['q', 'k', 'v'].map((part) =>
    linear(builder, x, weights(`${part}${layer}`, [width, width])),
  ) as [string, string, string];
  const scale = builder.constant(scalar(1 / Math.sqrt(depth)));
  const softmax = (score: string, name: string) =>
    builder.emit('Softmax', [builder.emit('Mul', [score, scale])], { axis: int(-1) }, name);
  const name = `probabilities${layer}`;
  const keys = (value: string, rank: number) =>
    turn(builder, value, [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2]);
  const attend = (a: string, b: string, c: string, rank: number, called: string) =>
    builder.emit('MatMul', [softmax(builder.emit('MatMul', [a, keys(b, rank)]), called), c]);
  if (layout === 'each') {
    const mixed = Array.from({ length: heads }, (_, h) => {
      const cut = (value: string) =>
        builder.emit('Slice', [
          value,
          ...[[h * depth], [(h + 1) * depth], [2]].map((n) => builder.constant(int64(n))),
        ]);
      return attend(cut(q), cut(k), cut(v), 3, `${name}.${h}`);
    });
    return builder.emit('Concat', mixed, { axis: int(2) });
  }
  const parts = windows ? tokens / 2 : tokens;
  const apart = (value: string) =>
    turn(
      builder,
      reshape(builder, value, windows ? [-1, parts, heads, depth] : [0, tokens, heads, depth]),
      [0, 2, 1, 3],
    );
  const back = (value: string) => reshape(builder, turn(builder, value, [0, 2, 1, 3]), [-1, tokens, width]);
  if (layout === 'merged') {
    const merge = (value: string) => reshape(builder, apart(value), [-1, tokens, depth]);
    const mixed = attend(merge(q), merge(k), merge(v), 3, name);
    return back(reshape(builder, mixed, [-1, heads, tokens, depth]));
  }
  if (layout === 'heads-first') {
    const first = (value: string) => turn(builder, apart(value), [1, 0, 2, 3]);
    return back(turn(builder, attend(first(q), first(k), first(v), 4, name), [1, 0, 2, 3]));
  }
  if (layout === 'einsum') {
    const sum = (equation: string, a: string, b: string) =>
      builder.emit('Einsum', [a, b], { equation: { kind: 'string', value: equation } });
    const score = sum('nhid,nhjd->nhij', apart(q), apart(k));
    return back(sum('nhij,nhjd->nhid', softmax(score, name), apart(v)));
  }
  if (layout === 'turned') {
    const score = builder.emit('MatMul', [apart(k), turn(builder, apart(q), [0, 1, 3, 2])]);
    const scaled = builder.emit('Mul', [score, scale]);
    const columns = builder.emit('Softmax', [scaled], { axis: int(2) });
    const rows = builder.emit('Transpose', [columns], { perm: ints([0, 1, 3, 2]) }, name);
    return back(builder.emit('MatMul', [rows, apart(v)]));
  }
  return back(attend(apart(q), apart(k), apart(v), 4, name));
}
