export { adam, adamw } from './adam.js';
export { sgd } from './sgd.js';
