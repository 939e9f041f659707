import { expect, test } from 'vitest';
import { rounded } from '../testing/figures.js';
import { heatmapFigure } from './heatmap.js';

const image = { data: Float32Array.from({ length: 24 }, (_, i) => i / 24), shape: [1, 4, 6] };
const map = { data: Float32Array.from({ length: 24 }, (_, i) => (i - 8) / 1000), shape: [4, 6] };
const boxes = [{ x: 1, y: 0, width: 3, height: 2, label: 'a <b>' }];

test('the figure is what it was', () => {
  expect(rounded(heatmapFigure(image, map, boxes, { title: 'Map' }))).toMatchSnapshot();
});

test('the image is the right way up and its pixels are square', () => {
  const { layout } = heatmapFigure(image, map, boxes);
  expect(layout.xaxis).toMatchObject({ range: [0, 6] });
  expect(layout.yaxis).toMatchObject({ range: [4, 0], scaleanchor: 'x' });
  expect(layout.images).toMatchObject([
    { x: 0, y: 0, sizex: 6, sizey: 4, layer: 'below' },
    { x: 0, y: 0, sizex: 6, sizey: 4, layer: 'above' },
  ]);
});

test('boxes end where their last pixel ends', () => {
  const { layout } = heatmapFigure(image, map, boxes);
  expect(layout.shapes).toMatchObject([
    { x0: 1, y0: 0, x1: 4, y1: 2 },
    { x0: 1, y0: 0, x1: 4, y1: 2 },
  ]);
});

test('the pointer reads the value at its place, whatever the resolution of the map', () => {
  const coarse = { data: Float32Array.of(1, 2), shape: [1, 2] };
  const [pointed] = heatmapFigure(image, coarse).data;
  expect(pointed).toMatchObject({ z: [[1, 2]], x0: 1.5, dx: 3, y0: 2, dy: 4 });
});

test('the colour bar of a signed map is centred on zero', () => {
  const { data } = heatmapFigure(image, map, [], { span: 1 });
  expect(data.at(-1)).toMatchObject({
    marker: { cmin: -1, cmax: 1, colorbar: { ticktext: ['−0.015', '−0.0075', '0', '0.0075', '0.015'] } },
  });
});
