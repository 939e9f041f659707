export { activationPattern } from './activation-pattern.js';
export { marginalResponse } from './marginal-response.js';
export { patternLocal } from './pattern-local.js';
export { patternAttribution } from './patternattribution.js';
export { patternNet } from './patternnet.js';
export { varianceShare } from './variance-share.js';
