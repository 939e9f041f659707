export { deepTaylor } from './deep-taylor.js';
export { deeplift } from './deeplift.js';
export { deepliftShap } from './deeplift-shap.js';
export { excitationBackprop } from './excitation-backprop.js';
export { lrp } from './lrp.js';
