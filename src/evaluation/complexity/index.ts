export { effectiveComplexity } from './effectivecomplexity.js';
export { entropy } from './entropy.js';
export { sparseness } from './sparseness.js';
