import { afterAll, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int, ints } from '../../graph/attributes.js';
import { type Builder, startGraph } from '../../graph/builder.js';
import { float32, int64 } from '../../graph/elements.js';
import { classifierOf } from '../../model/load.js';
import { layerOf } from '../../model/maps/layer.js';
import { sizeOf } from '../../tensor/tensor.js';
import { normalFrom } from '../../testing/normal.js';
import { attribute } from '../attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const views = 3;
const weights = (b: Builder, name: string, ...shape: number[]) =>
  b.constant(float32(normalFrom(name)(...shape).data as Float32Array, shape));
const shaped = (b: Builder, x: string, ...lengths: number[]) =>
  b.emit('Reshape', [x, b.constant(int64(lengths))]);

type Heads = (b: Builder, tokens: string, count: number) => readonly string[];

/** Queries, keys and values `[N, 2, T, 3]` of one linear layer, cut along its first axis. */
const together: Heads = (b, tokens, count) => {
  const all = shaped(b, b.emit('MatMul', [tokens, weights(b, 'qkv', 6, 18)]), 0, count, 3, 2, 3);
  const turned = b.emit('Transpose', [all], { perm: ints([2, 0, 3, 1, 4]) });
  return b
    .emitAll('Split', [turned, b.constant(int64([1, 1, 1]))], 3, { axis: int(0) })
    .map((part) => b.emit('Squeeze', [part, b.constant(int64([0]))]));
};

/** The same of a linear layer each. */
const apart: Heads = (b, tokens, count) =>
  ['q', 'k', 'v'].map((name) => {
    const all = shaped(b, b.emit('MatMul', [tokens, weights(b, name, 6, 6)]), 0, count, 2, 3);
    return b.emit('Transpose', [all], { perm: ints([0, 2, 1, 3]) });
  });

/** A class token for each image, repeated as often as there are images. */
function withClassToken(b: Builder, patches: string): string {
  const count = b.emit('Slice', [b.emit('Shape', [patches]), ...[0, 1].map((at) => b.constant(int64([at])))]);
  const shape = b.emit('Concat', [count, b.constant(int64([1, 6]))], { axis: int(0) });
  const token = b.emit('Expand', [weights(b, 'token', 1, 1, 6), shape]);
  return b.emit('Concat', [token, patches], { axis: int(1) });
}

/** One block of attention over the patches of images, whose scores are summed over those of a sample. */
function transformer(shape: readonly number[], heads: Heads, hasToken: boolean) {
  const b = startGraph('vit');
  const images = shaped(b, 'x', -1, 3, 8, 8);
  const cut = b.emit('Conv', [images, weights(b, 'patches', 6, 3, 2, 2)], { strides: ints([2, 2]) });
  const patches = b.transpose(shaped(b, cut, 0, 6, 16), [0, 2, 1]);
  const count = hasToken ? 17 : 16;
  const tokens = hasToken ? withClassToken(b, patches) : patches;
  const [queries, keys, values] = heads(b, tokens, count) as [string, string, string];
  const products = b.emit('MatMul', [queries, b.transpose(keys, [0, 1, 3, 2])]);
  const mixed = b.emit('MatMul', [b.emit('Softmax', [products], { axis: int(-1) }), values]);
  const out = shaped(b, b.transpose(mixed, [0, 2, 1, 3]), 0, count, 6);
  const added = b.emit('Sigmoid', [b.add(tokens, out)]);
  const read = hasToken
    ? b.emit('Gather', [added, b.constant(int64([0], []))], { axis: int(1) })
    : b.reduce('ReduceMean', added, [1], { keepdims: int(0) });
  const scores = b.emit('MatMul', [read, weights(b, 'head', 6, 2)]);
  const sample = shaped(b, scores, -1, sizeOf(shape) / 192, 2);
  b.alias(b.reduce('ReduceSum', sample, [1], { keepdims: int(0) }), 'y');
  const value = (name: string, of: (number | string)[]) => ({ name, type: 'float32' as const, shape: of });
  const graph = b.finish([value('x', ['N', ...shape])], [value('y', ['N', 2])]);
  return classifierOf(graph, 'vit.onnx', { engine });
}

it.each<[string, Heads, boolean]>([
  ['one projection, a class token', together, true],
  ['one projection, a mean of tokens', together, false],
  ['three projections, a class token', apart, true],
  ['three projections, a mean of tokens', apart, false],
])('views of a transformer have the layer and maps of each: %s', async (_, heads, hasToken) => {
  const folded = await transformer([views, 3, 8, 8], heads, hasToken);
  const single = await transformer([3, 8, 8], heads, hasToken);
  expect(layerOf(folded, '')).toEqual(layerOf(single, ''));
  const x = normalFrom('views')(2, views, 3, 8, 8);
  const each = { data: x.data, shape: [2 * views, 3, 8, 8] };
  for (const method of ['gradcam', 'layercam'] as const) {
    const { map } = await attribute(folded, method, x, [1, 0]);
    expect(map.shape).toEqual([2, views, 1, 8, 8]);
    const wanted = await attribute(single, method, each, [1, 1, 1, 0, 0, 0]);
    const greatest = Math.max(...Array.from(wanted.map.data, Math.abs));
    for (const [i, number] of map.data.entries())
      expect(Math.abs(number - wanted.map.data[i]!)).toBeLessThan(1e-5 * greatest);
  }
});
