import { choice } from '../../base/options.js';
import type { Rectangle } from '../geometry/frame.js';
import { byCell, cellMarks, cellOptions } from './cells.js';
import { reformulation } from './reformulation.js';

export const laterality = reformulation({
  name: 'laterality',
  doc: 'On which side of the image a finding lies.',
  needsSize: true,
  options: {
    ...cellOptions,
    sides: choice(['image', 'patient'], {
      doc: "Frame of reference of left and right. In a frontal view the patient's right is the image's left.",
      default: 'image',
    }),
  },
  needsMarks: cellMarks,
  reformulate(archive, options, _random, marked) {
    const [first, second] = options.sides === 'image' ? ['left', 'right'] : ['right', 'left'];
    return byCell(archive, options, { [first!]: half(0), [second!]: half(1) }, 'both sides', marked);
  },
});

const half =
  (index: number) =>
  ({ width, height }: Rectangle): Rectangle => ({ x: (index * width) / 2, y: 0, width: width / 2, height });
