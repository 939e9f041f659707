export { phantom } from './dataset.js';
export { drawPhantom, type Phantom, type PhantomClass } from './draw.js';
export { readPhantoms } from './read.js';
export { phantomOptions, writePhantoms } from './write.js';
