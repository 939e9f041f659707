export { deconvolution } from './deconvolution.js';
export { gradient } from './gradient.js';
export { gradientShap } from './gradient-shap.js';
export { guidedBackprop } from './guided-backprop.js';
export { guidedGradcam } from './guided-gradcam.js';
export { inputXGradient } from './input-x-gradient.js';
export { integratedGradients } from './integrated-gradients.js';
export { smoothgrad, smoothgradSquared, vargrad } from './smoothgrad.js';
