import { cite } from '../../base/paper.js';
import { method } from '../method.js';
import { type Asked, attentionGraph, attentionMap, type Recipe } from './map.js';
import { fusedKey, layersFrom, productOptions, withResidual } from './matrix-options.js';

const ownOptions = productOptions(false);

export const genericAttention = method({
  name: 'generic-attention',
  family: 'attention',
  doc: "The product of all layers' attention times the target's gradient by it, where that is positive.",
  paper: cite`Chefer, Gur, Wolf (2021). Generic attention-model explainability for interpreting bi-modal and encoder-decoder transformers. arXiv:2103.15679`,
  options: ownOptions,
  maps: 'spatial',
  attribute: (request) => attentionMap(request, recipeOf(request)),
  graph: (asked) => attentionGraph(asked, recipeOf(asked)),
});

const recipeOf = ({ model, options }: Asked<typeof ownOptions>): Recipe => ({
  key: `generic ${fusedKey(options)}`,
  layers: layersFrom(model, options.startLayer),
  walks: { gradient: true },
  matrix(builder, { attention, gradient }, grid) {
    const { relu, mul } = builder;
    const positive = relu(mul(attention, gradient));
    return withResidual(builder, positive, options, grid);
  },
});
