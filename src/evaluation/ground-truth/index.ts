export { emdScore } from './emd-score.js';
export { truthPrecision } from './precision.js';
export { relevanceInsideWeight } from './relevance-inside-weight.js';
