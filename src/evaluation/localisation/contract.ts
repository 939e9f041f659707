import { undefinedFor } from '../metric/shared.js';

/** What a metric of localisation declares where it does not say otherwise. */
export const localisation = {
  category: 'localisation',
  direction: 'higher',
  range: [0, 1],
  reads: 'signed',
  undefinedFor,
  needs: ['mask'],
  invariantTo: ['scale', 'shift', 'monotone'],
} as const;
