export { gradient } from './gradient.js';
export { guidedBackprop } from './guided-backprop.js';
export { inputXGradient } from './input-x-gradient.js';
