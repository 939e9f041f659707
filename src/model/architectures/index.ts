export { cnn } from './cnn.js';
export { densenet121 } from './densenet121.js';
export { logistic } from './logistic.js';
export { mlp } from './mlp.js';
export { protopnet } from './protopnet.js';
export { resnetSmall } from './resnet-small.js';
export { resnet18 } from './resnet18.js';
export { vitTiny } from './vit-tiny.js';
