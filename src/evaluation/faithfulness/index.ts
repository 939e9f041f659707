export { deletion } from './deletion.js';
export { faithfulnessCorrelation } from './faithfulnesscorrelation.js';
export { faithfulnessEstimate } from './faithfulnessestimate.js';
export { infidelity } from './infidelity.js';
export { insertion } from './insertion.js';
export { regionPerturbation } from './regionperturbation.js';
export { selectivity } from './selectivity.js';
export { sensitivityN } from './sensitivityn.js';
