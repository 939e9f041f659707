export { prototypeSimilarity } from './prototype-similarity.js';
export { prp } from './prp.js';
