import { withoutMask } from '../metric/shared.js';

/** What every metric of complexity declares. */
export const complexity = {
  category: 'complexity',
  reads: 'absolute',
  undefinedFor: withoutMask,
  needs: [],
  invariantTo: ['scale'],
} as const;
