export { ablationcam } from './ablationcam.js';
export { eigencam, eigengradcam } from './eigencam.js';
export { gradcam } from './gradcam.js';
export { gradcamElementwise } from './gradcam-elementwise.js';
export { gradcamPlusPlus } from './gradcam-plus-plus.js';
export { hirescam } from './hirescam.js';
export { layercam } from './layercam.js';
export { scorecam } from './scorecam.js';
export { xgradcam } from './xgradcam.js';
