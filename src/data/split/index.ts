export type { Splittable } from './groups.js';
export { assignSplits, type SplitValues, splitOptions } from './split.js';
