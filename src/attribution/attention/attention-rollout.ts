import { cite } from '../../base/paper.js';
import { method } from '../method.js';
import { attentionMap } from './map.js';
import { fusedKey, layersFrom, productOptions, withResidual } from './matrix-options.js';

export const attentionRollout = method({
  name: 'attention-rollout',
  family: 'attention',
  doc: "The product of all layers' attention with their residual connections; the same for every target.",
  paper: cite`Abnar, Zuidema (2020). Quantifying attention flow in transformers. arXiv:2005.00928`,
  options: productOptions(true),
  maps: 'spatial',
  attribute: (request) =>
    attentionMap(request, {
      key: `rollout ${fusedKey(request.options)}`,
      layers: layersFrom(request.model, request.options.startLayer),
      matrix: (builder, { attention }, grid) => withResidual(builder, attention, request.options, grid),
    }),
});
