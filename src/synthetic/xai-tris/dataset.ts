import { problemDataset } from '../problem/dataset.js';
import { xaiTris, xaiTrisOptions } from './problem.js';

/** Two shapes on noise, in four problems. */
export const xaiTrisDataset = problemDataset({
  name: 'xai-tris',
  version: 1,
  title: 'XAI-TRIS: two shapes on noise whose pixels are known',
  citation:
    'B. Clark, R. Wilming, S. Haufe: XAI-TRIS: non-linear image benchmarks to quantify false positive post-hoc attribution of feature importance, 2024',
  options: xaiTrisOptions,
  defaults: {
    image: { channels: 1, bits: '16' },
    imageOf: ({ size = 8 }) => ({ size }),
    training: { architecture: 'mlp', epochs: 40, batch: 64, rate: 0.003, hide: 0, decay: 0 },
  },
  generate: xaiTris,
});
