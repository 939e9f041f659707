export { cutmix } from './cutmix.js';
export { mixup } from './mixup.js';
