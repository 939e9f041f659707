export { attentionGradcam } from './attention-gradcam.js';
export { attentionRollout } from './attention-rollout.js';
export { genericAttention } from './generic-attention.js';
export { rawAttention } from './raw-attention.js';
export { transformerAttribution } from './transformer-attribution.js';
