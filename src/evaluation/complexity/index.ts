export { effectiveComplexity } from './effective-complexity.js';
export { entropy } from './entropy.js';
export { sparseness } from './sparseness.js';
