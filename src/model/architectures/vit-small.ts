import { cite } from '../../base/paper.js';
import { patchTokens } from './transformer.js';
import { visionTransformer } from './vit.js';

export const vitSmall = visionTransformer({
  name: 'vit-small',
  doc: 'The vision transformer ViT-S/16: 22 million parameters, for images of 224x224 pixels and many of them.',
  paper: cite`Dosovitskiy et al. (2021). An image is worth 16x16 words: transformers for image recognition at scale. arXiv:2010.11929`,
  ...{ patch: 16, width: 384, heads: 6, depth: 12 },
  tokens: patchTokens,
});
