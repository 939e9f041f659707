export { centre } from './centre.js';
export { input } from './input.js';
export { laplace } from './laplace.js';
export { random } from './random.js';
export { sobel } from './sobel.js';
