import { choice } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { method } from '../method.js';
import { attentionMap } from './map.js';
import { fusedHeads, fusedKey, layerAt, singleOptions } from './matrix-options.js';
import { probabilities } from './probabilities.js';

export const rawAttention = method({
  name: 'raw-attention',
  family: 'attention',
  doc: 'How much the token that the classifier reads attends to each patch in one layer; knows nothing of the target.',
  paper: cite`Dosovitskiy et al. (2021). An image is worth 16x16 words: transformers for image recognition at scale. arXiv:2010.11929`,
  options: {
    ...singleOptions,
    output: choice(['map', 'probabilities'], {
      doc: 'probabilities: the attention of all layers and heads as it is, [N, layers, heads, T, T]',
      default: 'map',
    }),
  },
  maps: 'spatial',
  async attribute(request) {
    if (request.options.output === 'probabilities') {
      return { map: await probabilities(request), evaluations: { forward: 1, backward: 0 } };
    }
    return attentionMap(request, {
      key: `raw ${fusedKey(request.options)}`,
      layers: [layerAt(request.model, request.options)],
      matrix: (builder, { attention }, grid) => fusedHeads(builder, attention, request.options, grid),
    });
  },
});
