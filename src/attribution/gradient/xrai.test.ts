import { afterAll, expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { classifierOf } from '../../model/load.js';
import { predict } from '../../model/predict.js';
import { tinyModel } from '../../testing/tiny-model.js';
import { attribute } from '../attribute.js';
import { ranked, widened, xrai } from './xrai.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

it('tells the mean output at its black and its white baseline', async () => {
  const model = await classifierOf(tinyModel(), 'tiny.onnx', { engine });
  const image = (value: (i: number) => number) => ({
    data: Float32Array.from({ length: 64 }, (_, i) => value(i)),
    shape: [1, 1, 8, 8],
  });
  const outputAt = async (value: (i: number) => number) =>
    (await predict(model, image(value), quietly)).data[0]!;
  const shown = (i: number) => Math.sin(i);
  const ends = [...image(shown).data].sort((a, b) => a - b);
  const [black, white] = [await outputAt(() => ends[0]!), await outputAt(() => ends[63]!)];
  const { compared } = await attribute(model, xrai, image(shown), [0], { steps: 2 });
  expect(compared!.input[0]).toBeCloseTo(await outputAt(shown), 5);
  expect(compared!.baseline[0]).toBeCloseTo((black + white) / 2, 5);
});

it('adds the segment of the greatest mean over what is not yet taken', () => {
  const gains = Float32Array.of(4, 2, 0, 0, -1, 3);
  const segments = [Int32Array.of(0, 1, 2), Int32Array.of(0, 1), Int32Array.of(2, 3)];
  // Pixels 0 and 1 with mean 3; then pixel 2 is all that the first segment has left.
  expect([...ranked(gains, segments)]).toEqual([3, 3, 0, 0, 1, 1]);
});

it('widens segments by all pixels that are at most five away', () => {
  const [height, width] = [26, 20];
  const isIn = (pixel: number) => Math.hypot(Math.floor(pixel / width) - 13, (pixel % width) - 8) < 5;
  const pixels = Array.from({ length: height * width }, (_, pixel) => pixel);
  const near = (own: readonly number[]) =>
    pixels.filter((a) =>
      own.some((b) => {
        const rows = Math.floor(a / width) - Math.floor(b / width);
        return rows ** 2 + ((a % width) - (b % width)) ** 2 <= 25;
      }),
    );
  const labels = { data: Float32Array.from(pixels, (pixel) => Number(isIn(pixel))), shape: [height, width] };
  const outside = pixels.filter((pixel) => !isIn(pixel));
  const found = widened(labels).map((region) => [...region].sort((a, b) => a - b));
  expect(found).toEqual([near(outside), near(pixels.filter(isIn))]);
});
