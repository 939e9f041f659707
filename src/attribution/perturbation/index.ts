export { occlusion } from './occlusion.js';
export { rise } from './rise.js';
