export { deletion } from './deletion.js';
export { faithfulnessCorrelation } from './faithfulness-correlation.js';
export { faithfulnessEstimate } from './faithfulness-estimate.js';
export { infidelity } from './infidelity.js';
export { insertion } from './insertion.js';
export { regionPerturbation } from './region-perturbation.js';
export { selectivity } from './selectivity.js';
export { sensitivityN } from './sensitivity-n.js';
