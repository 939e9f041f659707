export { kernelShap } from './kernel-shap.js';
export { lime } from './lime.js';
