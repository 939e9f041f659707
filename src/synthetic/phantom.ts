export { drawPhantom, type Phantom, type PhantomClass } from './phantom/draw.js';
export { readPhantoms } from './phantom/read.js';
export { phantomOptions, writePhantoms } from './phantom/write.js';
