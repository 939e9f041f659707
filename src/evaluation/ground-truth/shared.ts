import { undefinedFor } from '../metric/shared.js';

/** Declarations shared by metrics against important pixels that are known by construction. */
export const groundTruth = {
  category: 'groundtruth',
  direction: 'higher',
  reads: 'absolute',
  undefinedFor,
  needs: ['mask'],
  invariantTo: ['scale'],
} as const;
