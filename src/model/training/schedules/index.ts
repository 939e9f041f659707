export { constant } from './constant.js';
export { cosine } from './cosine.js';
export { oneCycle } from './one-cycle.js';
