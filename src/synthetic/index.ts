export { clinicalDataset } from './clinical/dataset.js';
export { phantom } from './phantom/index.js';
export { problemFileDataset } from './problem-file/dataset.js';
export { linearSuppressor } from './suppressor/dataset.js';
export { suppressorImage } from './suppressor/image-dataset.js';
export { xaiTrisDataset } from './xai-tris/dataset.js';
