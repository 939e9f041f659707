import { afterAll, expect, it } from 'vitest';
import { attribute } from '../../../attribution/attribute.js';
import { seededRandom } from '../../../base/random.js';
import { quietly } from '../../../base/run.js';
import { onnxRuntime } from '../../../engine/onnxruntime.js';
import { classifierOf } from '../../../model/load.js';
import { predict } from '../../../model/predict.js';
import { ints } from '../../attributes.js';
import { startGraph } from '../../builder.js';
import { int64 } from '../../elements.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

interface Fold {
  readonly image: readonly [number, number];
  readonly block: readonly [number, number];
  readonly strides?: readonly [number, number];
  readonly dilations?: readonly [number, number];
  readonly pads?: readonly [number, number, number, number];
}

const channels = 2;

/** For each element of the blocks [channels x block, places], the pixel it is added to; -1 in the padding. */
function pixels({ image: [h, w], block, strides = [1, 1], dilations = [1, 1], pads = [0, 0, 0, 0] }: Fold) {
  const count = (side: number, i: 0 | 1) =>
    Math.floor((side + pads[i] + pads[i + 2]! - dilations[i] * (block[i] - 1) - 1) / strides[i]) + 1;
  const [down, across] = [count(h, 0), count(w, 1)];
  const found: number[] = [];
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < block[0]; i++)
      for (let j = 0; j < block[1]; j++)
        for (let y = 0; y < down; y++)
          for (let x = 0; x < across; x++) {
            const row = y * strides[0] - pads[0] + i * dilations[0];
            const column = x * strides[1] - pads[1] + j * dilations[1];
            const inside = row >= 0 && row < h && column >= 0 && column < w;
            found.push(inside ? (c * h + row) * w + column : -1);
          }
  return { found, places: down * across };
}

const folds: Readonly<Record<string, Fold>> = {
  'apart from each other': { image: [4, 6], block: [2, 3], strides: [2, 3] },
  overlapping: { image: [5, 4], block: [3, 2] },
  'in padding, at a distance, with a rest': {
    ...{ image: [6, 7], block: [2, 3], strides: [3, 2], dilations: [2, 1], pads: [1, 0, 0, 1] },
  },
};

it.each(
  Object.entries(folds).flatMap(([name, fold]) => ['N', 1].map((batch) => [name, batch, fold] as const)),
)('follows blocks %s, batch %s', async (_name, batch, fold) => {
  const { found, places } = pixels(fold);
  const rows = channels * fold.block[0] * fold.block[1];
  const outputs = channels * fold.image[0] * fold.image[1];
  const b = startGraph('fold');
  const [image, block] = [fold.image, fold.block].map((lengths) => b.constant(int64([...lengths])));
  const { strides, dilations, pads } = fold;
  const folded = b.emit('Col2Im', ['x', image!, block!], {
    ...(strides && { strides: ints(strides) }),
    ...(dilations && { dilations: ints(dilations) }),
    ...(pads && { pads: ints(pads) }),
  });
  b.emit('Reshape', [folded, b.constant(int64([batch === 1 ? 1 : -1, outputs]))], {}, 'y');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  const graph = b.finish([value('x', [batch, rows, places])], [value('y', [batch, outputs])]);
  const model = await classifierOf(graph, 'fold.onnx', { engine });
  expect(model.alone).toBeUndefined();

  const random = seededRandom('blocks');
  const data = Float32Array.from({ length: 2 * found.length }, () => random.normal());
  const input = { data, shape: [2, rows, places] };
  const expected = new Float64Array(2 * outputs);
  for (const [i, value] of data.entries()) {
    const pixel = found[i % found.length]!;
    if (pixel >= 0) expected[pixel + (i < found.length ? 0 : outputs)]! += value;
  }
  const { data: got } = await predict(model, input, quietly);
  for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 5);

  const target = outputs - 3;
  const { map } = await attribute(model, 'gradient', input, [target, 1]);
  const slopes = [target, 1].flatMap((at) => found.map((pixel) => Number(pixel === at)));
  expect([...map.data]).toEqual(slopes);
});
