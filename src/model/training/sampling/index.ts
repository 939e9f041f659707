export { all } from './all.js';
export { balanced } from './balanced.js';
export { hard } from './hard.js';
