import { usageError } from '../../base/errors.js';
import { choice, integer } from '../../base/options.js';
import type { Paper } from '../../base/paper.js';
import { architecture, type Feature, type Net } from './architecture.js';
import { dense } from './layers.js';
import { classToken, encoderBlock, layerNorm, pooledToken, positions } from './transformer.js';

interface Transformer<N extends string> {
  readonly name: N;
  readonly doc: string;
  readonly paper: Paper;
  /** The default sizes. */
  readonly patch: number;
  readonly width: number;
  readonly heads: number;
  readonly depth: number;
  /** Makes tokens `[patches, width]` in row-major order of an image. */
  readonly tokens: (net: Net, name: string, image: Feature, patch: number, width: number) => Feature;
}

/** A vision transformer: tokens of an image, a class token, pre-norm encoder blocks. */
export function visionTransformer<const N extends string>(given: Transformer<N>) {
  return architecture({
    name: given.name,
    doc: given.doc,
    paper: given.paper,
    options: {
      patch: integer({
        doc: 'height and width of a patch, in pixels',
        min: 1,
        max: 64,
        default: given.patch,
      }),
      width: integer({ doc: 'length of a token', min: 1, max: 1024, default: given.width }),
      heads: integer({
        doc: 'attention heads; they divide the width',
        min: 1,
        max: 64,
        default: given.heads,
      }),
      depth: integer({ doc: 'encoder blocks', min: 1, max: 48, default: given.depth }),
      pool: choice(['class', 'mean'], { doc: 'what the last layer reads', default: 'class' }),
    },
    build(net, image, classes, { patch, width, heads, depth, pool }) {
      const [, height, columns] = image.shape as [number, number, number];
      if (width % heads !== 0)
        throw usageError(`option 'heads' got ${heads}, which does not divide 'width' ${width}`);
      if (height % patch !== 0 || columns % patch !== 0) {
        throw usageError(
          `option 'patch' got ${patch}, which does not divide the image's ${height}x${columns}`,
        );
      }
      const patches = given.tokens(net, 'patches', image, patch, width);
      const all = pool === 'class' ? classToken(net, 'class', patches) : patches;
      let tokens = positions(net, 'positions', all);
      for (let block = 1; block <= depth; block++) tokens = encoderBlock(net, `block${block}`, tokens, heads);
      const pooled = pooledToken(net, 'pooled', layerNorm(net, 'norm', tokens), pool);
      return dense(net, 'logits', pooled, classes);
    },
  });
}
