import { cite } from '../../base/paper.js';
import { method } from '../method.js';
import { type Asked, attentionGraph, attentionMap, type Recipe } from './map.js';
import { fusedKey, layersFrom, productOptions, withResidual } from './matrix-options.js';

const ownOptions = productOptions(true);

export const attentionRollout = method({
  name: 'attention-rollout',
  family: 'attention',
  doc: "The product of all layers' attention with their residual connections; the same for every target.",
  paper: cite`Abnar, Zuidema (2020). Quantifying attention flow in transformers. arXiv:2005.00928`,
  options: ownOptions,
  maps: 'spatial',
  attribute: (request) => attentionMap(request, recipeOf(request)),
  graph: (asked) => attentionGraph(asked, recipeOf(asked)),
});

const recipeOf = ({ model, options }: Asked<typeof ownOptions>): Recipe => ({
  key: `rollout ${fusedKey(options)}`,
  layers: layersFrom(model, options.startLayer),
  matrix: (builder, { attention }, grid) => withResidual(builder, attention, options, grid),
});
