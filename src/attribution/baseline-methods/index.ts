export { centre } from './centre.js';
export { input } from './input.js';
export { laplace } from './laplace.js';
export { meanMask } from './mean-mask.js';
export { random } from './random.js';
export { randomWeights } from './random-weights.js';
export { sobel } from './sobel.js';
