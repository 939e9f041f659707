import { afterAll, describe, expect, it } from 'vitest';
import { attribute } from '../attribution/attribute.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { ints } from '../graph/attributes.js';
import type { Builder } from '../graph/builder.js';
import { array, conv, head, networkOf, pooled, relu, weights } from '../testing/networks/pooled.js';
import { classifierOf } from './load.js';
import { predict } from './predict.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const load = (shape: readonly number[], body: (b: Builder) => string) =>
  classifierOf(networkOf(shape, body), 'net.onnx', { engine });

describe('inputs that are no images', () => {
  const conv3 = (b: Builder) =>
    b.emit('Conv', ['x', b.constant(weights(2, 1, 3, 3, 3)), b.constant(weights(2))], {
      pads: ints([1, 1, 1, 1, 1, 1]),
    });
  const volume = () => load([1, 4, 5, 6], (b) => head(b, pooled(b, relu(b, conv3(b))), 2));

  it('a block of a volume is hidden as one', async () => {
    const model = await volume();
    const x = array(1, 1, 4, 5, 6);
    const { map, evaluations } = await attribute(model, 'occlusion', x, [1], {
      window: '2,5,3',
      stride: '2,5,3',
    });
    expect(evaluations.forward).toBe(5);
    const inside = (i: number) => Math.floor(i / 30) >= 2 && i % 6 < 3;
    const hidden = { data: x.data.map((v, i) => (inside(i) ? 0 : v)), shape: x.shape };
    const loss = (await predict(model, x)).data[1]! - (await predict(model, hidden)).data[1]!;
    for (const [i, value] of map.data.entries()) if (inside(i)) expect(value).toBeCloseTo(loss, 5);
  });

  it('RISE and FullGrad work on the positions of a volume or a signal', async () => {
    const signal = await load([3, 12], (b) => {
      const made = b.emit('Conv', ['x', b.constant(weights(2, 3, 3)), b.constant(weights(2))], {
        pads: ints([1, 1]),
      });
      return head(
        b,
        pooled(b, b.emit('MaxPool', [relu(b, made)], { kernel_shape: ints([2]), strides: ints([2]) })),
        2,
      );
    });
    for (const [model, space] of [
      [await volume(), [4, 5, 6]],
      [signal, [12]],
    ] as const) {
      const x = array(2, ...model.input.shape);
      const rise = await attribute(model, 'rise', x, [0, 1], { masks: 5 });
      expect(rise.map.shape).toEqual([2, 1, ...space]);
      const full = await attribute(model, 'fullgrad', x, [0, 1]);
      expect(full.map.shape).toEqual([2, 1, ...space]);
      const plain = await attribute(model, 'input-x-gradient', x, [0, 1]);
      expect(Math.max(...full.map.data)).toBeGreaterThan(1);
      expect(plain.map.shape).toEqual(x.shape);
    }
  });

  it('slices that are read as channels make an image', async () => {
    const model = await load([1, 6, 7, 9], (b) =>
      head(b, pooled(b, relu(b, conv(b, b.reshape('x', [-1, 6, 7, 9]), 6, 3))), 3),
    );
    const x = array(1, 1, 6, 7, 9);
    expect((await attribute(model, 'gradcam', x, [0])).map.shape).toEqual([1, 1, 7, 9]);
    expect((await attribute(model, 'rise', x, [0], { masks: 3 })).map.shape).toEqual([1, 1, 7, 9]);
  });

  it('a table has no maps to sum, in words', async () => {
    const model = await load([4], (b) => head(b, 'x', 4));
    await expect(attribute(model, 'fullgrad', array(1, 4), [0])).rejects.toThrow(
      'the model takes a table [N,4]',
    );
    expect(
      (await attribute(model, 'occlusion', array(1, 4), [0], { window: 1, stride: 1 })).map.shape,
    ).toEqual([1, 4]);
  });
});

describe('signals', () => {
  it('a signal is explained as an image of one row: segments span its channels', async () => {
    // As Keras exports its one-dimensional convolutions: in two dimensions, of a signal [L, C].
    const model = await load([12, 3], (b) => {
      const image = b.transpose(b.reshape('x', [-1, 1, 12, 3]), [0, 3, 1, 2]);
      const made = b.emit('Conv', [image, b.constant(weights(2, 3, 1, 3))], { pads: ints([0, 1, 0, 1]) });
      return head(b, pooled(b, relu(b, made, 'r')), 2);
    });
    const x = array(1, 12, 3);
    const cam = await attribute(model, 'gradcam', x, [0]);
    expect(cam.map.shape).toEqual([1, 1, 12]);
    const own = await attribute(model, 'gradcam', x, [0], { upsample: 'none' });
    expect([...cam.map.data]).toEqual([...own.map.data]);
    const { map } = await attribute(model, 'feature-ablation', x, [0], { segments: [1, 4] });
    const rows = Array.from({ length: 12 }, (_, i) => [...map.data.slice(3 * i, 3 * i + 3)].join());
    expect(new Set(rows.map((row) => new Set(row.split(',')).size))).toEqual(new Set([1]));
    expect(new Set(rows).size).toBe(4);
  });

  it('a layer of a signal with its channels last is a class activation map of one row', async () => {
    const model = await load([12, 3], (b) => {
      const read = b.transpose('x', [0, 2, 1]);
      const made = b.emit('Conv', [read, b.constant(weights(2, 3, 3))], {
        pads: ints([1, 1]),
        strides: ints([2]),
      });
      const last = relu(b, b.add(b.transpose(made, [0, 2, 1]), b.constant(weights(1, 2))), 'r');
      return head(b, b.reduce('ReduceMean', last, [1]), 2);
    });
    const x = array(1, 12, 3);
    const own = await attribute(model, 'gradcam', x, [0], { relu: false, upsample: 'none' });
    expect([own.layer, own.map.shape]).toEqual(['r', [1, 1, 1, 6]]);
    const element = await attribute(model, 'hirescam', x, [0], { relu: false, upsample: 'none' });
    for (const [i, value] of own.map.data.entries()) expect(element.map.data[i]).toBeCloseTo(value, 5);
    expect((await attribute(model, 'gradcam', x, [0])).map.shape).toEqual([1, 1, 12]);
  });

  it('FullGrad counts the maps of a signal that is read as an image of one row', async () => {
    const model = await load([3, 12], (b) => {
      const kernel = b.constant(weights(2, 3, 1, 3));
      const made = b.emit('Conv', [b.reshape('x', [-1, 3, 1, 12]), kernel, b.constant(weights(2))]);
      return head(b, pooled(b, relu(b, made, 'r')), 2);
    });
    const { map, residual } = await attribute(model, 'fullgrad', array(1, 3, 12), [0]);
    expect(map.shape).toEqual([1, 1, 12]);
    expect(Math.abs(residual![0]!)).toBeLessThan(1e-5);
  });

  it.each<[string, number, (b: Builder, made: string) => string]>([
    ['as it is', 12, (_, made) => made],
    ['with its bias behind it', 12, (b, made) => b.add(made, b.constant(weights(2, 1)))],
    [
      'that halves it',
      6,
      (b, made) => b.emit('MaxPool', [made], { kernel_shape: ints([2]), strides: ints([2]) }),
    ],
  ])('the last layer of a signal is its class activation map: %s', async (_name, length, after) => {
    const model = await load([3, 12], (b) => {
      const made = b.emit('Conv', ['x', b.constant(weights(2, 3, 3))], { pads: ints([1, 1]) });
      return head(b, pooled(b, relu(b, after(b, made), 'r')), 2);
    });
    const x = array(1, 3, 12);
    const own = await attribute(model, 'gradcam', x, [0], { relu: false, upsample: 'none' });
    expect(own.layer).toBe('r');
    expect(own.map.shape).toEqual([1, 1, 1, length]);
    expect((await attribute(model, 'gradcam', x, [0])).map.shape).toEqual([1, 1, 12]);
    const element = await attribute(model, 'hirescam', x, [0], { relu: false, upsample: 'none' });
    for (const [i, value] of own.map.data.entries()) expect(element.map.data[i]).toBeCloseTo(value, 5);
    for (const method of ['ablationcam', 'scorecam', 'eigencam', 'guided-gradcam'])
      expect((await attribute(model, method, x, [0])).map.data.every(Number.isFinite)).toBe(true);
  });
});
