export { acquisitionStability } from './acquisition-stability.js';
export { averageSensitivity } from './average-sensitivity.js';
export { continuity } from './continuity.js';
export { localLipschitz } from './local-lipschitz.js';
export { maxSensitivity } from './max-sensitivity.js';
export { relativeInputStability } from './relative-input-stability.js';
export { relativeOutputStability } from './relative-output-stability.js';
export { relativeRepresentationStability } from './relative-representation-stability.js';
