import { cite } from '../../base/paper.js';
import { patchTokens } from './transformer.js';
import { visionTransformer } from './vit.js';

export const vitTiny = visionTransformer({
  name: 'vit-tiny',
  doc: 'A small vision transformer: patches as tokens, a class token, pre-norm encoder blocks.',
  paper: cite`Dosovitskiy et al. (2021). An image is worth 16x16 words: transformers for image recognition at scale. arXiv:2010.11929`,
  ...{ patch: 8, width: 48, heads: 3, depth: 4 },
  tokens: patchTokens,
});
