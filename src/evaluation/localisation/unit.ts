import { choice } from '../../base/options.js';
import { type Scored, undefinedScore } from '../metric/metric.js';

export const unitOption = choice(['pixels', 'millimetres'], {
  doc: 'unit of the distance; millimetres need the spacing of pixels',
  default: 'pixels',
});

/** The distance from one pixel to the next, down and across; `undefined` where the file does not state it. */
export const spacingIn = (
  unit: 'pixels' | 'millimetres',
  { spacing }: Scored,
): readonly [number, number] | undefined => (unit === 'pixels' ? [1, 1] : spacing);

export const withoutSpacing = undefinedScore('the spacing of pixels is not known: there are no millimetres');
