import { expect, test } from 'vitest';
import { conservationFigure } from './conservation.js';

const nodes = [
  { node: 'logits', operator: 'Gemm', received: [2, 5], passed: [1.5, 5] },
  { node: 'conv', operator: 'Conv', received: [1.5, 5], passed: [1.5, 4] },
];

test('a bar is what a node received and did not pass on, from the output downwards', () => {
  const [bars, dots] = conservationFigure(nodes).data;
  expect(bars).toMatchObject({ x: [0.5, 0], y: [0, 1] });
  expect(dots).toMatchObject({ x: [2, 1.5], text: ['logits (Gemm)', 'conv (Conv)'] });
});

test('another sample of the run can be drawn', () => {
  expect(conservationFigure(nodes, { sample: 1 }).data[0]).toMatchObject({ x: [0, 1] });
});
