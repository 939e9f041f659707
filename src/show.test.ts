import { expect, test } from 'vitest';
import { draw, show } from './show.js';

const sample = {
  image: { data: new Float32Array(32).fill(0.5), shape: [1, 4, 8] },
  boxes: [{ label: 'mass', x: 2, y: 2, width: 6, height: 4 }],
  mask: { data: Uint8Array.from({ length: 32 }, (_, i) => i % 2), shape: [4, 8] },
  transform: {
    ...{ scaleX: 0.5, scaleY: 0.5, offsetX: 0, offsetY: 0, flipped: false },
    ...{ originalWidth: 16, originalHeight: 8 },
  },
};
type Item = Readonly<Record<string, unknown>>;

test("draws a sample with its mask and its named box on the input's pixels", () => {
  const { layout } = draw.sample(sample);
  expect((layout.images as Item[]).map(({ layer }) => layer)).toEqual(['below', 'above']);
  expect((layout.shapes as Item[]).at(-1)).toMatchObject({ x0: 1, y0: 1, x1: 4, y1: 3 });
  expect((layout.annotations as Item[]).map(({ text }) => text)).toEqual(['mass']);
});

test('a sample without places is its image alone', () => {
  const { layout } = draw.sample({ ...sample, boxes: [], mask: undefined });
  expect(layout.images).toHaveLength(1);
  expect(layout.shapes).toEqual([]);
});

test('a heatmap takes the place of the mask', () => {
  const map = { data: new Float32Array(32).fill(1), shape: [4, 8] };
  const { layout } = draw.gallery(sample, { rise: { map } });
  const over = (layout.images as Item[]).filter(({ layer }) => layer === 'above');
  expect(over).toHaveLength(1);
  expect(over[0]?.source).toBe(
    (draw.heatmap(sample, map, { colours: 'sequential' }).layout.images as Item[])[1]?.source,
  );
});

test('several pictures stand beside each other under their names, their boxes unnamed', () => {
  const picture = { image: sample.image, boxes: sample.boxes };
  const { layout } = draw.pictures([
    { ...picture, label: 'first' },
    { ...picture, label: 'second' },
  ]);
  expect((layout.annotations as Item[]).map(({ text }) => text)).toEqual(['first', 'second']);
  expect((layout.shapes as Item[]).map(({ xref }) => xref)).toEqual(['x', 'x', 'x2', 'x2']);
});

test('samples stand beside each other, each with its own mask', () => {
  const { layout } = draw.samples([sample, { ...sample, mask: undefined }]);
  expect((layout.images as Item[]).map(({ xref, layer }) => [xref, layer])).toEqual([
    ['x', 'below'],
    ['x', 'above'],
    ['x2', 'below'],
  ]);
});

test('an image that is no PNG file is refused in one line', () => {
  expect(() => show.image('package.json')).toThrow(/^package.json is no PNG file$/);
  expect(() => show.image('/dev/null')).toThrow(/can't be read: it is a device$/);
});
