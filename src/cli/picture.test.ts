import { afterAll, expect, it } from 'vitest';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { int } from '../graph/attributes.js';
import { type Builder, startGraph } from '../graph/builder.js';
import { classifierOf } from '../model/load.js';
import { normalFrom } from '../testing/normal.js';
import { mapsFigure } from './picture.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

/** A mean over images of `[channels, ...places]`. */
function load(
  shape: readonly number[],
  channels: number,
  places: readonly number[],
  images: (b: Builder) => string,
) {
  const b = startGraph('views');
  const kernel = normalFrom('kernel')(2, channels, ...places.map(() => 1));
  const weights = b.constant({ type: 'float32', data: kernel.data as Float32Array, shape: kernel.shape });
  const made = b.emit('GlobalAveragePool', [b.emit('Conv', [images(b), weights])]);
  const apart = b.reshape(made, [-1, 4, 2]);
  b.alias(b.reshape(b.reduce('ReduceMean', apart, [1]), [-1, 2]), 'y');
  const value = (name: string, of: (number | string)[]) => ({ name, type: 'float32' as const, shape: of });
  const graph = b.finish([value('x', ['N', ...shape])], [value('y', ['N', 2])]);
  return classifierOf(graph, 'views.onnx', { engine });
}

const views = () => load([4, 3, 6, 5], 3, [6, 5], (b) => b.reshape('x', [-1, 3, 6, 5]));
const grey = () => load([4, 6, 5], 1, [6, 5], (b) => b.reshape('x', [-1, 1, 6, 5]));

it.each([
  ['in colour', views, 1, [1, 4, 1, 6, 5]],
  ['in colour, two samples', views, 2, [2, 4, 3, 6, 5]],
  ['in grey', grey, 1, [1, 4, 6, 5]],
])('the views of a sample have a row each: %s', async (_, loaded, count, mapShape) => {
  const model = await loaded();
  const input = normalFrom('x')(count, ...model.input.shape);
  const map = normalFrom('map')(...mapShape);
  const { layout } = mapsFigure({ model, method: 'gradcam', input, map, ending: '.png' });
  const titles = (layout.annotations as { text: string }[]).map(({ text }) => text);
  const rows = ['sample 1, ', 'sample 2, ']
    .slice(0, count)
    .flatMap((sample) => [1, 2, 3, 4].map((view) => `${count > 1 ? sample : ''}image ${view}`));
  expect(titles.filter((text) => /image/.test(text))).toEqual(rows);
});

it('slices behind their channel are a volume, and volumes in a bag are no pictures', async () => {
  const slices = await load([1, 4, 6, 5], 1, [6, 5], (b) =>
    b.reshape(b.transpose('x', [0, 2, 1, 3, 4]), [-1, 1, 6, 5]),
  );
  const drawn = (model: typeof slices, ...shape: number[]) => {
    const input = normalFrom('x')(1, ...model.input.shape);
    return mapsFigure({ model, method: 'gradcam', input, map: normalFrom('map')(...shape), ending: '.png' });
  };
  expect(JSON.stringify(drawn(slices, 1, 1, 4, 6, 5).layout)).toContain('along the depth');
  const bag = await load([4, 1, 3, 6, 5], 1, [3, 6, 5], (b) => b.reshape('x', [-1, 1, 3, 6, 5]));
  expect(() => drawn(bag, 1, 4, 1, 3, 6, 5)).toThrow("a map of the input [1,4,1,3,6,5] can't be drawn");
});

it('views that are picked one by one have a row each, a map of one has no picture', async () => {
  const b = startGraph('picked');
  const kernel = b.constant({ type: 'float32', data: Float32Array.of(1, 2), shape: [2, 1, 1, 1] });
  const means = [0, 1, 2, 3].map((at) => {
    const place = b.constant({ type: 'int64', data: BigInt64Array.of(BigInt(at)), shape: [] });
    const view = b.emit('Gather', ['x', place], { axis: int(1) });
    return b.emit('GlobalAveragePool', [b.emit('Relu', [b.emit('Conv', [view, kernel])])]);
  });
  b.alias(b.reshape(b.emit('Sum', means), [-1, 2]), 'y');
  const value = (name: string, of: (number | string)[]) => ({ name, type: 'float32' as const, shape: of });
  const graph = b.finish([value('x', ['N', 4, 1, 6, 5])], [value('y', ['N', 2])]);
  const model = await classifierOf(graph, 'picked.onnx', { engine });
  const input = normalFrom('x')(1, 4, 1, 6, 5);
  const drawn = (...shape: number[]) =>
    mapsFigure({ model, method: 'gradient', input, map: normalFrom('map')(...shape), ending: '.png' });
  const titles = (drawn(1, 4, 1, 6, 5).layout.annotations as { text: string }[]).map(({ text }) => text);
  expect(titles.filter((text) => /image/.test(text))).toEqual(['image 1', 'image 2', 'image 3', 'image 4']);
  expect(() => drawn(1, 1, 6, 5)).toThrow(
    "a map [1,1,6,5] of one of the 4 images [4,1,6,5] of a sample can't be drawn",
  );
});

it('a map of one channel lies over a grey image with its channels last', async () => {
  const b = startGraph('grey');
  const kernel = b.constant({ type: 'float32', data: Float32Array.of(1, 2), shape: [2, 1, 1, 1] });
  const map = b.emit('Conv', [b.transpose('x', [0, 3, 1, 2]), kernel]);
  b.alias(b.reshape(b.emit('GlobalAveragePool', [map]), [-1, 2]), 'y');
  const value = (name: string, of: (number | string)[]) => ({ name, type: 'float32' as const, shape: of });
  const graph = b.finish([value('x', ['N', 6, 5, 1])], [value('y', ['N', 2])]);
  const model = await classifierOf(graph, 'grey.onnx', { engine });
  const { data } = normalFrom('map')(1, 1, 6, 5);
  const input = normalFrom('x')(1, 6, 5, 1);
  const drawn = (...shape: number[]) =>
    JSON.stringify(mapsFigure({ model, method: 'gradcam', input, map: { data, shape }, ending: '.png' }));
  expect(drawn(1, 1, 6, 5)).toBe(drawn(1, 6, 5, 1));
});
