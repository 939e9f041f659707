import { usageError } from '../../base/errors.js';
import { cite } from '../../base/paper.js';
import type { Feature, Net } from './architecture.js';
import { batchNorm, conv, relu } from './layers.js';
import { asTokens } from './transformer.js';
import { visionTransformer } from './vit.js';

export const vitHybrid = visionTransformer({
  name: 'vit-hybrid',
  doc: 'A small vision transformer on the maps of a few convolutions, each of which halves the image.',
  paper: cite`Xiao, Singh, Mintun, Darrell, Dollár, Girshick (2021). Early convolutions help transformers see better. arXiv:2106.14881`,
  ...{ patch: 8, width: 48, heads: 3, depth: 3 },
  tokens: stemTokens,
});

/** Halves the image by 3x3 convolutions, of twice as many channels each, until a position is a patch wide. */
function stemTokens(net: Net, name: string, image: Feature, patch: number, width: number): Feature {
  const halvings = Math.log2(patch);
  if (!Number.isInteger(halvings) || halvings === 0)
    throw usageError(`option 'patch' got ${patch}; the stem of vit-hybrid takes 2, 4, 8, 16, 32 or 64`);
  let x = image;
  for (let layer = 1; layer <= halvings; layer++) {
    const channels = Math.max(1, width >> (halvings - layer));
    const seen = conv(net, `stem${layer}.conv`, x, { channels, stride: 2 });
    x = relu(net, `stem${layer}.relu`, batchNorm(net, `stem${layer}.bn`, seen));
  }
  return asTokens(net, name, conv(net, name, x, { channels: width, kernel: 1, bias: true }));
}
