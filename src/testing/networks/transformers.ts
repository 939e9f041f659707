import { int, ints } from '../../graph/attributes.js';
import type { Graph } from '../../graph/graph.js';
import { network, pooled, type Sketch } from './layers.js';

const image = [3, 8, 8] as const;

const turned = (s: Sketch, x: string, perm: readonly number[]) =>
  s.emit('Transpose', [x], { perm: ints(perm) });

/** x W + b over the last axis. */
const token = (s: Sketch, x: string, inputs: number, outputs: number) =>
  s.emit('Add', [s.emit('MatMul', [x, s.weights([inputs, outputs], inputs)]), s.weights([outputs], 9)]);

const layerNorm = (s: Sketch, x: string, channels: number) =>
  s.emit('LayerNormalization', [x, s.weights([channels], 2), s.weights([channels], 9)]);

/** x (1 + erf(x / sqrt 2)) / 2, as exported before opset 20. */
function gelu(s: Sketch, x: string): string {
  const inner = s.emit('Add', [s.emit('Erf', [s.emit('Div', [x, s.number(Math.SQRT2)])]), s.number(1)]);
  return s.emit('Mul', [s.emit('Mul', [x, inner]), s.number(0.5)]);
}

/** Depthwise 7 x 7, then LayerNorm and a perceptron with the channels last (Liu et al. 2022). */
export const convnext = (): Graph =>
  network('convnext', image, (s) => {
    const stem = s.emit('Conv', ['input', s.weights([6, 3, 2, 2])], {
      strides: ints([2, 2]),
      kernel_shape: ints([2, 2]),
    });
    const spatial = s.conv(stem, [6, 6], 7, { groups: 6 });
    const normed = layerNorm(s, turned(s, spatial, [0, 2, 3, 1]), 6);
    const mixed = token(s, s.emit('Gelu', [token(s, normed, 6, 12)]), 12, 6);
    const scaled = s.emit('Mul', [s.weights([6], 1), mixed]);
    const y = s.emit('Add', [turned(s, scaled, [0, 3, 1, 2]), stem]);
    return [pooled(s, y), 6];
  });

/** Attention of two heads of three over the tokens of each of `groups`; `x` is [groups, tokens, 6]. */
function attention(s: Sketch, x: string, tokens: number, bias?: string): string {
  const heads = turned(
    s,
    s.emit('Reshape', [token(s, x, 6, 18), s.whole(-1, tokens, 3, 2, 3)]),
    [2, 0, 3, 1, 4],
  );
  const part = (i: number) =>
    s.emit(
      'Gather',
      [heads, s.builder.constant({ type: 'int64', data: BigInt64Array.of(BigInt(i)), shape: [] })],
      { axis: int(0) },
    );
  const scores = s.emit('MatMul', [
    s.emit('Mul', [part(0), s.number(3 ** -0.5)]),
    turned(s, part(1), [0, 1, 3, 2]),
  ]);
  const seen = s.emit('Softmax', [bias ? s.emit('Add', [scores, bias]) : scores], { axis: int(-1) });
  const y = turned(s, s.emit('MatMul', [seen, part(2)]), [0, 2, 1, 3]);
  return token(s, s.emit('Reshape', [y, s.whole(-1, tokens, 6)]), 6, 6);
}

/** Windows of attention, shifted by rolling the image (Liu et al. 2021). */
export const swin = (): Graph =>
  network('swin', image, (s) => {
    const stem = s.emit('Conv', ['input', s.weights([6, 3, 2, 2])], {
      strides: ints([2, 2]),
      kernel_shape: ints([2, 2]),
    });
    const tokens = turned(s, stem, [0, 2, 3, 1]); // [N, 4, 4, 6]
    const roll = (x: string, axis: number, by: number) => {
      const cut = (start: number, end: number) =>
        s.emit('Slice', [x, s.whole(start), s.whole(end), s.whole(axis)]);
      return s.emit('Concat', [cut(by, 4), cut(0, by)], { axis: int(axis) });
    };
    const shifted = roll(roll(layerNorm(s, tokens, 6), 1, 1), 2, 1);
    const apart = turned(s, s.emit('Reshape', [shifted, s.whole(-1, 2, 2, 2, 2, 6)]), [0, 1, 3, 2, 4, 5]);
    const windows = s.emit('Reshape', [apart, s.whole(-1, 4, 6)]); // [4 N, 4, 6]
    const mixed = attention(s, windows, 4, s.weights([1, 2, 4, 4], 1));
    const together = turned(s, s.emit('Reshape', [mixed, s.whole(-1, 2, 2, 2, 2, 6)]), [0, 1, 3, 2, 4, 5]);
    const y = s.emit('Reshape', [together, s.whole(-1, 4, 4, 6)]);
    const back = s.emit('Add', [roll(roll(y, 1, 3), 2, 3), tokens]);
    return [s.emit('ReduceMean', [layerNorm(s, back, 6), s.whole(1, 2)], { keepdims: int(0) }), 6];
  });

/** A class token among patches (Dosovitskiy et al. 2021), repeated over the batch by its shape. */
export const vision = (): Graph =>
  network('vision', image, (s) => {
    const patches = s.emit('Conv', ['input', s.weights([6, 3, 4, 4])], {
      strides: ints([4, 4]),
      kernel_shape: ints([4, 4]),
    });
    const tokens = turned(s, s.emit('Reshape', [patches, s.whole(0, 6, -1)]), [0, 2, 1]);
    const batch = s.emit('Shape', [tokens], { end: int(1) });
    const target = s.emit('Concat', [batch, s.whole(1, 6)], { axis: int(0) });
    const all = s.emit('Concat', [s.emit('Expand', [s.weights([1, 1, 6], 1), target]), tokens], {
      axis: int(1),
    });
    const placed = s.emit('Add', [all, s.weights([1, 5, 6], 4)]);
    const mixed = s.emit('Add', [placed, attention(s, layerNorm(s, placed, 6), 5)]);
    const y = s.emit('Add', [mixed, token(s, gelu(s, token(s, layerNorm(s, mixed, 6), 6, 8)), 8, 6)]);
    return [s.emit('Squeeze', [s.emit('Slice', [y, s.whole(0), s.whole(1), s.whole(1)]), s.whole(1)]), 6];
  });

/**
 * Attention with the tokens first and batch and heads as one axis, as torch.nn.MultiheadAttention computes
 * it.
 */
export const merged = (): Graph =>
  network('merged', image, (s) => {
    const patches = s.emit('Conv', ['input', s.weights([6, 3, 4, 4])], {
      strides: ints([4, 4]),
      kernel_shape: ints([4, 4]),
    });
    const x = turned(s, s.emit('Reshape', [patches, s.whole(0, 6, 4)]), [2, 0, 1]); // [4, N, 6]
    const heads = () => turned(s, s.emit('Reshape', [token(s, x, 6, 6), s.whole(4, -1, 3)]), [1, 0, 2]); // [2 N, 4, 3]
    const scores = s.emit('MatMul', [heads(), turned(s, heads(), [0, 2, 1])]);
    const y = turned(
      s,
      s.emit('MatMul', [s.emit('Softmax', [scores], { axis: int(-1) }), heads()]),
      [1, 0, 2],
    );
    const flat = s.dense(s.emit('Reshape', [y, s.whole(-1, 6)]), 6, 6); // [4 N, 6]
    const apart = turned(s, s.emit('Reshape', [flat, s.whole(4, -1, 6)]), [1, 0, 2]);
    return [s.emit('ReduceMean', [apart, s.whole(1)], { keepdims: int(0) }), 6];
  });

/** The channels last at the input, as TensorFlow has them, and turned at the front. */
export const keras = (): Graph =>
  network('keras', [8, 8, 3], (s) => {
    const x = turned(s, 'input', [0, 3, 1, 2]);
    const w = s.weights([4, 3, 3, 3]);
    const same = {
      kernel_shape: ints([3, 3]),
      strides: ints([2, 2]),
      auto_pad: { kind: 'string', value: 'SAME_UPPER' },
    } as const;
    const conv = s.emit('Relu', [s.batchNorm(s.emit('Conv', [x, w], same), 4)]);
    const last = turned(s, conv, [0, 2, 3, 1]);
    return [s.emit('ReduceMean', [last, s.whole(1, 2)], { keepdims: int(0) }), 4];
  });
