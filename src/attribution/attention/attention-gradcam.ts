import { cite } from '../../base/paper.js';
import { sizeOf } from '../../tensor/tensor.js';
import { method } from '../method.js';
import { type Asked, attentionGraph, attentionMap, type Recipe } from './map.js';
import { fusedHeads, fusedKey, layerAt, singleOptions } from './matrix-options.js';

export const attentionGradcam = method({
  name: 'attention-gradcam',
  family: 'attention',
  doc: "Grad-CAM on one layer's attention: each head weighted by the mean gradient of its weights on the patches.",
  paper: cite`Chefer, Gur, Wolf (2021). Transformer interpretability beyond attention visualization. arXiv:2012.09838`,
  options: singleOptions,
  maps: 'spatial',
  attribute: (request) => attentionMap(request, recipeOf(request)),
  graph: (asked) => attentionGraph(asked, recipeOf(asked)),
});

const recipeOf = ({ model, options }: Asked<typeof singleOptions>): Recipe => ({
  key: `gradcam ${fusedKey(options)}`,
  layers: [layerAt(model, options)],
  walks: { gradient: true },
  matrix(builder, { attention, gradient }, grid) {
    const { reduce, slice, mul } = builder;
    const patches = { axis: -1, start: grid.first, end: grid.first + sizeOf(grid.size), step: 1 };
    const weight = reduce('ReduceMean', slice(gradient, [patches]), [-1]);
    return fusedHeads(builder, mul(attention, weight), options, grid);
  },
});
