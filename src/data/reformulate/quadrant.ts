import type { Rectangle } from '../geometry/frame.js';
import { byCell, cellMarks, cellOptions } from './cells.js';
import { reformulation } from './reformulation.js';

export const quadrant = reformulation({
  name: 'quadrant',
  doc: 'In which quarter of the image a finding lies.',
  needsSize: true,
  options: cellOptions,
  needsMarks: cellMarks,
  reformulate(archive, options, _random, marked) {
    const cells = {
      'upper left': quarter(0, 0),
      'upper right': quarter(1, 0),
      'lower left': quarter(0, 1),
      'lower right': quarter(1, 1),
    };
    return byCell(archive, options, cells, 'several quarters', marked);
  },
});

const quarter =
  (column: number, row: number) =>
  ({ width, height }: Rectangle): Rectangle => ({
    x: (column * width) / 2,
    y: (row * height) / 2,
    width: width / 2,
    height: height / 2,
  });
