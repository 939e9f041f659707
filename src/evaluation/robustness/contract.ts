import { withoutMask } from '../metric/shared.js';
import { neighbourOptions } from './neighbours.js';

/** What every metric of robustness declares. */
export const robustness = {
  category: 'robustness',
  options: neighbourOptions,
  direction: 'lower',
  range: [0, Infinity],
  reads: 'signed',
  ties: 'there are none: distances are measured',
  undefinedFor: withoutMask,
  needs: ['explain'],
  invariantTo: ['scale', 'shift', 'monotone'],
} as const;
