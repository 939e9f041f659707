export { averageSensitivity } from './average-sensitivity.js';
export { localLipschitz } from './local-lipschitz.js';
export { maxSensitivity } from './max-sensitivity.js';
