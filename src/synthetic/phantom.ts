export { phantom } from './phantom/dataset.js';
export { drawPhantom, type Phantom, type PhantomClass } from './phantom/draw.js';
export { readPhantoms } from './phantom/read.js';
export { phantomOptions, writePhantoms } from './phantom/write.js';
