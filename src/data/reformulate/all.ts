export { dominant } from './dominant.js';
export { laterality } from './laterality.js';
export { multiLabel } from './multilabel.js';
export { presence } from './presence.js';
export { quadrant } from './quadrant.js';
export { severity } from './severity.js';
export { statedClass } from './stated.js';
export { tiles } from './tiles.js';
