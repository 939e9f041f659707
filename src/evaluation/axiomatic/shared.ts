import { withoutMask } from '../metric/shared.js';

/** Declarations shared by all axiomatic metrics. */
export const axiomatic = {
  category: 'axiomatic',
  direction: 'lower',
  range: [0, Infinity],
  reads: 'signed',
  undefinedFor: withoutMask,
} as const;
