import { withoutMask } from '../metric/shared.js';

/** What every metric of faithfulness declares. */
export const faithfulness = {
  category: 'faithfulness',
  reads: 'signed',
  undefinedFor: withoutMask,
  needs: ['model'],
} as const;
