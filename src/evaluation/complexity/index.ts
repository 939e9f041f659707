export { effectiveComplexity } from './effective-complexity.js';
export { entropy } from './entropy.js';
export { mstCompactness } from './mst-compactness.js';
export { sparseness } from './sparseness.js';
