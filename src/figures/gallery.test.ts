import { expect, test } from 'vitest';
import { rounded } from '../testing/figures.js';
import { galleryFigure, gridFigure } from './gallery.js';

const image = { data: new Float32Array(24).fill(0.5), shape: [1, 4, 6] };
const positive = { data: Float32Array.from({ length: 24 }, (_, i) => i), shape: [4, 6] };
const signed = { data: Float32Array.from({ length: 24 }, (_, i) => i - 9), shape: [4, 6] };
const boxes = [{ x: 0, y: 0, width: 2, height: 2 }];

test('the figure is what it was', () => {
  const figure = galleryFigure({ image, boxes }, { gradient: signed, gradcam: positive }, { columns: 2 });
  expect(rounded(figure)).toMatchSnapshot();
});

test('panels do not overlap and have the shape of the image', () => {
  const { layout } = galleryFigure(
    { image },
    { a: positive, b: positive, c: positive, d: positive },
    { columns: 3 },
  );
  const axes = [1, 2, 3, 4, 5].map((i) => {
    const suffix = i === 1 ? '' : i;
    const [x, y] = [layout[`xaxis${suffix}`], layout[`yaxis${suffix}`]] as { domain: [number, number] }[];
    return { left: x!.domain[0], right: x!.domain[1], bottom: y!.domain[0], top: y!.domain[1] };
  });
  const margin = layout.margin as { l: number; r: number; t: number; b: number };
  const [wide, high] = [layout.width - margin.l - margin.r, layout.height - margin.t - margin.b];
  for (const { left, right, bottom, top } of axes) {
    expect((wide * (right - left)) / (high * (top - bottom))).toBeCloseTo(6 / 4, 1);
  }
  expect(axes[1]!.left).toBeGreaterThan(axes[0]!.right);
  expect(axes[3]!.top).toBeLessThan(axes[0]!.bottom);
  expect(axes[3]!.left).toBe(axes[0]!.left);
});

test('one signed map gives all maps the diverging colour scale', () => {
  const bar = galleryFigure({ image }, { a: positive, b: signed }).data.at(-1);
  expect(bar).toMatchObject({ marker: { cmin: -1, cmax: 1 } });
  expect(galleryFigure({ image }, { a: positive }).data.at(-1)).toMatchObject({ marker: { cmin: 0 } });
});

test("the colour bar's title is no longer than the figure is tall", () => {
  const titleOf = (size: number) => {
    const { layout } = galleryFigure({ image }, { a: positive }, { size });
    return (layout.annotations as { text: string; textangle?: number }[]).find(({ textangle }) => textangle)!
      .text;
  };
  expect(titleOf(400)).toBe('relevance, each on its own scale');
  expect(titleOf(130)).toBe('relevance,<br>each on its own scale');
});

test('a grid finds every map by its name, whatever its order in a row', () => {
  const rows = [
    { image, maps: { a: positive, b: signed } },
    { image, maps: { b: signed, a: positive } },
  ];
  const { layout } = gridFigure(rows);
  const sources = (layout.images as { layer: string; source: string }[])
    .filter(({ layer }) => layer === 'above')
    .map(({ source }) => source);
  expect(sources[2]).toBe(sources[0]);
  expect(sources[3]).toBe(sources[1]);
  expect(sources[1]).not.toBe(sources[0]);
});

test('a grid that lacks a map names the row and the method', () => {
  const first = { image, label: 'first', maps: { a: positive, b: signed } };
  const second = { image, label: 'second', maps: { a: positive } };
  expect(() => gridFigure([first, second])).toThrow("row 2 (second) has no map of 'b'");
});
