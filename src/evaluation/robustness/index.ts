export { averageSensitivity } from './averagesensitivity.js';
export { localLipschitz } from './locallipschitz.js';
export { maxSensitivity } from './maxsensitivity.js';
