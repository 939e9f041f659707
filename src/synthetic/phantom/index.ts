export { phantom } from './dataset.js';
export { drawPhantom, type Phantom, type PhantomClass } from './draw.js';
export { phantomOptions, readPhantoms, writePhantoms } from './write.js';
