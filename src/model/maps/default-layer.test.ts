import { afterAll, describe, expect, it } from 'vitest';
import { attribute } from '../../attribution/attribute.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int, ints } from '../../graph/attributes.js';
import type { Builder } from '../../graph/builder.js';
import { int64 } from '../../graph/elements.js';
import { array, conv, head, networkOf, pooled, relu, weights } from '../../testing/networks/pooled.js';
import { classifierOf, type LoadOptions } from '../load.js';
import { layerOf } from './layer.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
/** A classifier of inputs `[N, ...shape]` into two classes. */
const load = (shape: readonly number[], body: (b: Builder) => string, options: LoadOptions = {}) =>
  classifierOf(networkOf(shape, body), 'net.onnx', { engine, ...options });

describe('the default layer is the last that every path to the output passes', () => {
  const tokens = (b: Builder, from: string) => b.transpose(b.reshape(from, [0, 4, -1]), [0, 2, 1]);
  const linear = (b: Builder, from: string, name?: string) =>
    b.emit('MatMul', [from, b.constant(weights(4, 4))], {}, name);

  it('past a side branch whose map comes later', async () => {
    const model = await load([3, 8, 8], (b) => {
      const main = relu(b, conv(b, 'x', 3, 4), 'main');
      const side = conv(b, main, 4, 4);
      return head(b, b.add(pooled(b, main), pooled(b, side)), 4);
    });
    expect(layerOf(model, '').value).toBe('main');
  });

  it('the tokens of a mixer, not the convolution that cuts the patches', async () => {
    const model = await load([3, 8, 8], (b) => {
      const patches = b.emit('Conv', ['x', b.constant(weights(4, 3, 2, 2))], { strides: ints([2, 2]) });
      const made = tokens(b, patches);
      const mixed = b.transpose(
        b.emit('MatMul', [b.transpose(made, [0, 2, 1]), b.constant(weights(16, 16))]),
        [0, 2, 1],
      );
      const last = b.emit('Add', [made, linear(b, mixed)], {}, 'tokens');
      return head(b, b.emit('ReduceMean', [last, b.constant(int64([1]))], { keepdims: int(0) }), 4);
    });
    expect(layerOf(model, '')).toMatchObject({ value: 'tokens', grid: { size: [4, 4] } });
  });

  it('a map whose channels come last', async () => {
    const model = await load([8, 8, 3], (b) => {
      const made = b.transpose(conv(b, b.transpose('x', [0, 3, 1, 2]), 3, 4), [0, 2, 3, 1]);
      const last = relu(b, linear(b, made), 'last');
      return head(b, b.emit('ReduceMean', [last, b.constant(int64([1, 2]))], { keepdims: int(0) }), 4);
    });
    expect(layerOf(model, '')).toEqual({ value: 'last', last: true });
    const x = array(1, 8, 8, 3);
    const named = await attribute(model, 'gradcam', x, [0], { layer: 'last' });
    expect(named.map).toEqual((await attribute(model, 'gradcam', x, [0])).map);
    for (const method of ['ablationcam', 'scorecam', 'eigencam'])
      expect((await attribute(model, method, x, [0])).map.shape).toEqual([1, 1, 8, 8]);
  });
});
