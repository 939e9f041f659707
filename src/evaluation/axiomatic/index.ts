export { completeness } from './completeness.js';
export { inputInvariance } from './input-invariance.js';
export { nonSensitivity } from './non-sensitivity.js';
export { symmetry } from './symmetry.js';
