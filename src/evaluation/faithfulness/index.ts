export { deletion } from './deletion.js';
export { insertion } from './insertion.js';
