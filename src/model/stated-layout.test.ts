import { afterAll, describe, expect, it } from 'vitest';
import { attribute } from '../attribution/attribute.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { int } from '../graph/attributes.js';
import type { Builder } from '../graph/builder.js';
import { int64 } from '../graph/elements.js';
import { array, conv, head, networkOf, pooled, relu, weights } from '../testing/networks/pooled.js';
import { classifierOf, type LoadOptions } from './load.js';
import { predict } from './predict.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
/** A classifier of inputs `[N, ...shape]` into two classes. */
const load = (shape: readonly number[], body: (b: Builder) => string, options: LoadOptions = {}) =>
  classifierOf(networkOf(shape, body), 'net.onnx', { engine, ...options });
const cnn = (b: Builder, from: string, channels: number) =>
  head(b, pooled(b, relu(b, conv(b, from, channels, 3), 'last')), 3);

describe('a layout that is stated', () => {
  it('or what is stated', async () => {
    const body = (b: Builder) => head(b, b.emit('Flatten', ['x']), 18);
    const layouts = await Promise.all(
      [{}, { layout: 'NHWC' as const }].map(
        async (options) => (await load([3, 2, 3], body, options)).input.layout,
      ),
    );
    expect(layouts).toEqual(['NCHW', 'NHWC']);
  });

  it('what is stated against the first convolution is refused', async () => {
    const body = (b: Builder) => cnn(b, 'x', 3);
    await expect(load([3, 6, 6], body, { layout: 'NHWC' })).rejects.toThrow(
      'layout is stated as NHWC, and the first convolution reads the input [N,3,6,6] as NCHW',
    );
  });

  describe('of signals, whose one axis of positions it tells', () => {
    const flat = (b: Builder) => head(b, b.emit('Flatten', ['x']), 24);
    const steps = (b: Builder, signal: string) => {
      const [w, r] = [weights(1, 16, 3), weights(1, 16, 4)].map((each) => b.constant(each));
      const rows = b.transpose(signal, [1, 0, 2]);
      b.emit('LSTM', [rows, w!, r!], { hidden_size: int(4) }, 'sequence');
      return b.reduce('ReduceMean', 'sequence', [0, 1], { keepdims: int(0) });
    };
    const convolved = (b: Builder, x: string) =>
      head(b, pooled(b, relu(b, b.emit('Conv', [x, b.constant(weights(3, 3, 3))]), 'last')), 3);
    const turned = (b: Builder) => convolved(b, b.transpose('x', [0, 2, 1]));

    it.each<[string, number[], (b: Builder) => string, 'NCHW' | 'NHWC', object]>([
      ['first', [3, 8], flat, 'NCHW', { layoutBy: 'option' }],
      ['last', [8, 3], flat, 'NHWC', { layoutBy: 'option' }],
      ['last, as a recurrent layer reads', [8, 3], (b) => head(b, steps(b, 'x'), 4), 'NHWC', {}],
      ['first, as read', [3, 8], (b) => convolved(b, 'x'), 'NCHW', { layoutBy: 'graph' }],
      ['last, as read', [8, 3], turned, 'NHWC', {}],
    ])('%s', async (_name, shape, body, layout, told) => {
      const model = await load(shape, body, { layout });
      const isLast = layout === 'NHWC';
      expect(model.input).toMatchObject({ layout: 'other', ...told, ...(isLast && { channelsLast: true }) });
      const x = array(1, ...shape);
      const hidden = (from: number) => ({
        shape: x.shape,
        data: x.data.map((v, i) => {
          const at = isLast ? Math.floor(i / 3) : i % 8;
          return at >= from && at < from + 2 ? 0 : v;
        }),
      });
      const scores = await Promise.all(
        [8, 0, 2, 4, 6].map(async (from) => (await predict(model, hidden(from))).data[0]!),
      );
      const { map } = await attribute(model, 'occlusion', x, [0], { window: 2, stride: 2 });
      expect(map.shape).toEqual([1, ...shape]);
      for (const [i, found] of map.data.entries()) {
        const box = Math.floor((isLast ? Math.floor(i / 3) : i % 8) / 2);
        expect(found).toBeCloseTo(scores[0]! - scores[box + 1]!, 5);
      }
      const rise = await attribute(model, 'rise', x, [0], { masks: 8, cells: 4 });
      expect(rise.map.shape).toEqual([1, 1, 8]);
    });

    it('whose tokens then lie along it', async () => {
      const tokens = (b: Builder, x: string) =>
        head(
          b,
          b.reduce('ReduceMean', relu(b, b.mul(x, b.constant(weights(3))), 'tokens'), [1], {
            keepdims: int(0),
          }),
          3,
        );
      const model = await load([8, 3], (b) => tokens(b, 'x'), { layout: 'NHWC' });
      const { map } = await attribute(model, 'gradcam', array(1, 8, 3), [0], { layer: 'tokens' });
      expect(map.shape).toEqual([1, 1, 8]);
    });

    it.each<[number[], (b: Builder) => string, 'NCHW' | 'NHWC']>([
      [[3, 8], (b) => convolved(b, 'x'), 'NHWC'],
      [[8, 3], turned, 'NCHW'],
    ])('against the first convolution of [N,%s] it is refused', async (shape, body, layout) => {
      await expect(load(shape, body, { layout })).rejects.toThrow(/first convolution reads .* leave it out/);
    });
  });

  describe('of volumes and films, whose channels alone it tells', () => {
    const flat = (b: Builder) => head(b, b.emit('Flatten', ['x']), 48);
    /** The second of the frames, each an image with its channels last, by a convolution. */
    const frame = (b: Builder) => {
      const one = b.emit('Gather', ['x', b.constant(int64([1], []))], { axis: int(1) });
      return cnn(b, b.transpose(one, [0, 3, 1, 2]), 2);
    };
    const volume = (b: Builder) => {
      const seen = b.emit('Conv', ['x', b.constant(weights(3, 2, 1, 3, 3))]);
      return head(b, b.reduce('ReduceMean', relu(b, seen, 'last'), [2, 3, 4], { keepdims: int(0) }), 3);
    };

    it.each<[string, number[], (b: Builder) => string, 'NCHW' | 'NHWC', object]>([
      ['first', [2, 4, 3, 2], flat, 'NCHW', { space: 3, layoutBy: 'option' }],
      ['last', [4, 3, 2, 2], flat, 'NHWC', { space: 3, layoutBy: 'option', channelsLast: true }],
      ['last, behind frames', [3, 6, 6, 2], frame, 'NHWC', { space: 3, channelsLast: true }],
      ['first, as read', [2, 4, 6, 6], volume, 'NCHW', { space: 3, layoutBy: 'graph' }],
    ])('%s', async (_name, shape, body, layout, told) => {
      const model = await load(shape, body, { layout });
      expect(model.input).toMatchObject({ layout: 'other', ...told });
      const option = { window: [1, 2, 2].join(), stride: [1, 2, 2].join() };
      const { map } = await attribute(model, 'occlusion', array(1, ...shape), [0], option);
      expect(map.shape).toEqual([1, ...shape]);
    });

    it.each<[number[], (b: Builder) => string, 'NCHW' | 'NHWC', string]>([
      [[3, 6, 6, 2], frame, 'NCHW', 'on axis 1 and all others are positions.* on axes 2, 3: NHWC fits'],
      [[2, 4, 6, 6], volume, 'NHWC', 'on axis 4 and all others .* on axes 2, 3, 4: leave it out'],
    ])('against the first convolution of [N,%s] it is refused', async (shape, body, layout, why) => {
      await expect(load(shape, body, { layout })).rejects.toThrow(new RegExp(why));
    });
  });
});
