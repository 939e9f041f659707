import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int, ints } from '../../graph/attributes.js';
import { type Builder, startGraph } from '../../graph/builder.js';
import { float32, int64 } from '../../graph/elements.js';
import { reshape, weights } from '../../testing/networks/six-by-six.js';
import { classifierOf } from '../load.js';
import { ask } from '../questions/ask.js';
import { parseTarget } from '../target.js';
import { layerOf } from './layer.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

/** Nine tokens of the patches of an image of 6x6. */
const patches = (b: Builder) => {
  const map = b.emit('Conv', ['x', weights(b, 4, 3, 2, 2)], { strides: ints([2, 2]) }, 'patches');
  return b.transpose(reshape(b, map, 0, 4, 9), [0, 2, 1]);
};
/** The residual sum of `from` and what it sees by attention of the tokens `to`. */
function attend(b: Builder, from: string, to: string, name?: string): string {
  const linear = (value: string) => b.emit('MatMul', [value, weights(b, 4, 4)]);
  const scores = b.emit('MatMul', [linear(from), b.transpose(linear(to), [0, 2, 1])]);
  const seen = b.emit('MatMul', [b.emit('Softmax', [scores], { axis: int(-1) }), linear(to)]);
  return b.emit('Add', [from, linear(seen)], {}, name);
}
/** Two tokens that are the same for every image. */
const learned = (b: Builder) => {
  const count = b.emit('Shape', ['x'], { start: int(0), end: int(1) });
  const shape = b.emit('Concat', [count, b.constant(int64([2, 4]))], { axis: int(0) });
  return b.emit('Expand', [weights(b, 1, 2, 4), shape]);
};
const joined = (b: Builder) => b.emit('Concat', [patches(b), learned(b)], { axis: int(1) });
const cut = (b: Builder, tokens: string, start: number, end: number) =>
  b.slice(tokens, [{ axis: 1, start, end, step: 1 }]);
const scales = (b: Builder) => b.constant(float32([1, 1, 2, 2]));
const toMap = (b: Builder, tokens: string, channels: number) =>
  reshape(b, b.transpose(tokens, [0, 2, 1]), 0, channels, 3, 3);
const enlarged = (b: Builder, map: string) =>
  b.emit('ConvTranspose', [map, weights(b, 4, 3, 2, 2)], { strides: ints([2, 2]) });

async function askedPlace(body: (b: Builder) => string, target: string) {
  const b = startGraph('net');
  b.alias(body(b), 'y');
  const graph = b.finish(
    [{ name: 'x', type: 'float32', shape: ['N', 3, 6, 6] }],
    [{ name: 'y', type: 'float32', shape: undefined }],
  );
  const parsed = parseTarget(target);
  const model = await classifierOf(graph, 'net.onnx', { engine, target: parsed });
  const input = { data: Float32Array.from({ length: 108 }, (_, i) => Math.sin(i)), shape: [1, 3, 6, 6] };
  return layerOf((await ask(model, parsed, input)).model, '');
}

describe('behind attention the default layer of a target is', () => {
  it('the tokens into the last attention where tokens of no place are read', async () => {
    const detector = (b: Builder) => {
      const all = joined(b);
      const last = attend(b, attend(b, all, all, 'before'), 'before');
      return b.emit('MatMul', [cut(b, last, 9, 11), weights(b, 4, 3)]);
    };
    const place = await askedPlace(detector, 'output:y[1,2]');
    expect(place).toMatchObject({ value: 'before', grid: { tokens: 11, first: 0, size: [3, 3] } });
  });

  it('the tokens of the encoder where queries attend to them', async () => {
    const detector = (b: Builder) => {
      const image = patches(b);
      const memory = attend(b, image, image, 'memory');
      let asked = learned(b);
      for (let i = 0; i < 3; i++) asked = attend(b, attend(b, asked, asked), memory);
      return b.emit('MatMul', [asked, weights(b, 4, 3)]);
    };
    expect((await askedPlace(detector, 'output:y[1,2]')).value).toBe('memory');
  });

  it('the tokens of a segmentation that is linear in each', async () => {
    const segmenter = (b: Builder) => {
      const image = patches(b);
      const last = attend(b, image, image, 'last');
      return b.emit('Resize', [toMap(b, b.emit('MatMul', [last, weights(b, 4, 2)]), 2), '', scales(b)]);
    };
    expect((await askedPlace(segmenter, 'region:1@predicted')).value).toBe('last');
  });

  it('the coarsest tokens where finer skip connections lead around them', async () => {
    const segmenter = (b: Builder) => {
      const image = patches(b);
      const first = attend(b, image, image);
      const last = b.emit('Relu', [toMap(b, attend(b, first, first), 4)], {}, 'map');
      return b.add(enlarged(b, last), enlarged(b, toMap(b, first, 4)));
    };
    expect((await askedPlace(segmenter, 'region:1@predicted')).value).toBe('map');
  });

  it('the tokens of all where those of classes are read beside those of places', async () => {
    const segmenter = (b: Builder) => {
      const all = joined(b);
      const last = attend(b, all, all, 'last');
      const masks = b.emit('MatMul', [cut(b, last, 0, 9), b.transpose(cut(b, last, 9, 11), [0, 2, 1])]);
      return b.emit('Resize', [toMap(b, masks, 2), '', scales(b)]);
    };
    const place = await askedPlace(segmenter, 'region:1@predicted');
    expect(place).toMatchObject({ value: 'last', grid: { tokens: 11, first: 0, size: [3, 3] } });
  });
});

describe('the default layer of a box is the last map that all of it reads', () => {
  const conv = (b: Builder, from: string, ...shape: [number, number, number, number]) =>
    b.emit('Conv', [from, weights(b, ...shape)], { strides: ints([shape[3], shape[3]]) });
  const stem = (b: Builder, name: string) => b.emit('Relu', [conv(b, 'x', 4, 3, 2, 2)], {}, name);
  const flat = (b: Builder, map: string, channels: number, places: number) =>
    reshape(b, map, 0, channels, places);
  /** Branches of boxes and of the scores of two classes, each with maps of its own. */
  const heads = (b: Builder, map: string, places: number) => {
    const boxes = b.emit('Softplus', [conv(b, map, 4, 4, 1, 1)]);
    const scores = b.emit('Sigmoid', [conv(b, map, 2, 4, 1, 1)]);
    return b.emit('Concat', [flat(b, boxes, 4, places), flat(b, scores, 2, places)], { axis: int(1) });
  };
  const whole = (b: Builder) => flat(b, b.emit('Sigmoid', [conv(b, stem(b, 'stem'), 6, 4, 1, 1)]), 6, 9);

  it.each<[string, (b: Builder) => string]>([
    ['boxes and scores have branches of their own', (b) => heads(b, stem(b, 'stem'), 9)],
    ['both are of one convolution', whole],
    ['boxes are rows', (b) => b.transpose(whole(b), [0, 2, 1])],
    [
      'a second, coarser scale has heads of its own',
      (b) => {
        const fine = stem(b, 'stem');
        const coarse = b.emit('Relu', [conv(b, fine, 4, 4, 3, 3)]);
        return b.emit('Concat', [heads(b, fine, 9), heads(b, coarse, 1)], { axis: int(2) });
      },
    ],
  ])('where %s', async (_, body) => {
    expect((await askedPlace(body, 'output:y[5,2]')).value).toBe('stem');
  });
});
