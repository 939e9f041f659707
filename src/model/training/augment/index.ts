export { flip, rotate, scale, shift, transpose, upend } from './geometric.js';
export { brightness, contrast, noise } from './intensity.js';
