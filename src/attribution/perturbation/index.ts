export { featureAblation } from './feature-ablation.js';
export { occlusion } from './occlusion.js';
export { rise } from './rise.js';
export { shapleyExact } from './shapley-exact.js';
export { shapleySampling } from './shapley-sampling.js';
