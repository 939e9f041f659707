import { afterAll, describe, expect, it } from 'vitest';
import { attribute } from '../attribution/attribute.js';
import type { GivenOptions } from '../base/options.js';
import { seededRandom } from '../base/random.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { ints } from '../graph/attributes.js';
import { type Builder, startGraph } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
import { classifierOf } from '../model/load.js';
import { sizeOf, type Tensor } from '../tensor/tensor.js';
import { explanationGraph } from './export.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
let random = seededRandom('');
const noise = (...shape: number[]): Tensor => ({
  data: Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
  shape,
});

const conv = (b: Builder, from: string, made: number, read: number) =>
  b.emit('Conv', [from, b.constant(float32(noise(made, read, 3, 3).data, [made, read, 3, 3]))], {
    pads: ints([1, 1, 1, 1]),
  });

async function load(made: (b: Builder) => string, target: string) {
  const b = startGraph('net');
  b.alias(made(b), 'y');
  const value = (name: string, shape?: (number | string)[]) => ({
    ...{ name, type: 'float32' as const },
    ...(shape && { shape }),
  });
  const graph = b.finish([value('x', ['N', 1, 6, 6])], [value('y')]);
  return classifierOf(graph, 'net.onnx', { engine, precision: 'float32', target });
}

const segmentation = (classes: number) => (b: Builder) => conv(b, b.relu(conv(b, 'x', 4, 1)), classes, 4);

/** Nine boxes of six numbers: centres around a grid of the image, lengths, two scores. */
function detector(b: Builder): string {
  const numbers = b.reshape(conv(b, b.relu(conv(b, 'x', 4, 1)), 6, 4), [-1, 6, 36]);
  const few = b.slice(numbers, [{ axis: 2, start: 0, end: 9, step: 1 }]);
  const scores = b.slice(few, [{ axis: 1, start: 4, end: 6, step: 1 }]);
  const moved = b.mul(b.slice(few, [{ axis: 1, start: 0, end: 4, step: 1 }]), 0.05);
  const grid = Float32Array.from({ length: 36 }, (_, i) =>
    i < 18 ? 1 + 2 * (i < 9 ? i % 3 : Math.floor((i - 9) / 3)) : 2,
  );
  const places = b.add(moved, b.constant(float32(grid, [1, 4, 9])));
  return b.transpose(b.concat([places, scores], 1), [0, 2, 1]);
}

async function expectSame(
  made: (b: Builder) => string,
  target: string,
  method: string,
  options: GivenOptions = {},
) {
  random = seededRandom('exported targets');
  const model = await load(made, target);
  const x = noise(3, 1, 6, 6);
  const wanted = await attribute(model, method, x, target, options);
  const graph = await explanationGraph(model, method, options, { target });
  const program = await engine.compile(graph);
  const { map } = await program.run({ x: float32(x.data, x.shape) });
  await program.dispose();
  const size = Math.hypot(...wanted.map.data);
  expect(size).toBeGreaterThan(0);
  const off = wanted.map.data.map((value, i) => value - Number(map!.data[i]));
  expect(Math.hypot(...off) / size).toBeLessThan(1e-5);
}

describe('targets that a graph chooses at each image', () => {
  const few = {
    'integrated-gradients': { steps: 4 },
    smoothgrad: { samples: 3 },
  };
  const methods = ['gradient', 'gradcam', 'lrp', 'deeplift', 'integrated-gradients', 'smoothgrad'] as const;

  it.each(methods)('the predicted region of %s, held fixed over all copies', async (method) => {
    const options = few[method as keyof typeof few] ?? {};
    await expectSame(segmentation(2), 'region:1@predicted', method, options);
  });

  it.each([
    [3, 'region:2-0@predicted(sum)'],
    [1, 'region:0@predicted'],
  ])('of %i classes, %s', async (classes, target) => {
    await expectSame(segmentation(classes), target, 'gradient');
  });

  it.each(['gradient', 'lrp', 'integrated-gradients'])(
    'the box that best overlaps, of %s',
    async (method) => {
      const options = few[method as keyof typeof few] ?? {};
      await expectSame(detector, 'box:2,2,2,2@1', method, options);
    },
  );

  it('boxes as corners, as parts of the image, or with a score of their own', async () => {
    const turned = (b: Builder) => {
      const [first, last] = [0, 2].map((start) =>
        b.slice(detector(b), [{ axis: 2, start, end: start + 2, step: 1 }]),
      ) as [string, string];
      const scores = b.slice(detector(b), [{ axis: 2, start: 4, end: 6, step: 1 }]);
      const half = b.mul(last, 0.5);
      return b.concat([b.sub(first, half), b.add(first, half), scores], 2);
    };
    await expectSame(turned, 'box:2,2,2,2@0', 'gradient');
    const parts = (b: Builder) =>
      b.concat(
        [
          b.div(b.slice(detector(b), [{ axis: 2, start: 0, end: 4, step: 1 }]), 6),
          b.slice(detector(b), [{ axis: 2, start: 4, end: 6, step: 1 }]),
        ],
        2,
      );
    await expectSame(parts, 'box:2,2,2,2@1', 'gradient');
    await expectSame(detector, 'box:2,2,2,2@0(objectness)', 'gradient');
  });

  it('what no graph finds is refused, and what works is named', async () => {
    const model = await load(segmentation(3), 'region:1@predicted');
    for (const target of ['region:1@predicted(largest)', 'region:1@annotated'])
      await expect(explanationGraph(model, 'gradient', {}, { target })).rejects.toThrow(
        /which no exported graph finds; it takes region:..@predicted or region:..@mask.npy/,
      );
  });
});
