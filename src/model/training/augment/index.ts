export { flip, rotate, scale, shift } from './geometric.js';
export { brightness, contrast, noise } from './intensity.js';
