export { lrp } from './lrp.js';
