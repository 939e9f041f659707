import { usageError } from '../../base/errors.js';
import { choice, integer } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { architecture } from './architecture.js';
import { dense } from './layers.js';
import { classToken, encoderBlock, layerNorm, patchTokens, pooledToken, positions } from './transformer.js';

export const vitTiny = architecture({
  name: 'vit-tiny',
  doc: 'A small vision transformer: patches as tokens, a class token, pre-norm encoder blocks.',
  paper: cite`Dosovitskiy et al. (2021). An image is worth 16x16 words: transformers for image recognition at scale. arXiv:2010.11929`,
  options: {
    patch: integer({ doc: 'height and width of a patch, in pixels', min: 1, max: 64, default: 8 }),
    width: integer({ doc: 'length of a token', min: 1, max: 1024, default: 48 }),
    heads: integer({ doc: 'attention heads; they divide the width', min: 1, max: 64, default: 3 }),
    depth: integer({ doc: 'encoder blocks', min: 1, max: 48, default: 4 }),
    pool: choice(['class', 'mean'], { doc: 'what the last layer reads', default: 'class' }),
  },
  build(net, image, classes, { patch, width, heads, depth, pool }) {
    const [, height, columns] = image.shape as [number, number, number];
    if (width % heads !== 0)
      throw usageError(`option 'heads' got ${heads}, which does not divide 'width' ${width}`);
    if (height % patch !== 0 || columns % patch !== 0) {
      throw usageError(`option 'patch' got ${patch}, which does not divide the image's ${height}x${columns}`);
    }
    const patches = patchTokens(net, 'patches', image, patch, width);
    const all = pool === 'class' ? classToken(net, 'class', patches) : patches;
    let tokens = positions(net, 'positions', all);
    for (let block = 1; block <= depth; block++) tokens = encoderBlock(net, `block${block}`, tokens, heads);
    const pooled = pooledToken(net, 'pooled', layerNorm(net, 'norm', tokens), pool);
    return dense(net, 'logits', pooled, classes);
  },
});
