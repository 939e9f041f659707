export { featureAblation } from './feature-ablation.js';
export { occlusion } from './occlusion.js';
export { rise } from './rise.js';
