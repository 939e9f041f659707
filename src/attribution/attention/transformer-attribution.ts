import { choice } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import type { Builder } from '../../graph/builder.js';
import { dependents } from '../../graph/order.js';
import { graphFacts } from '../../graph/rules/relevance/graph-facts.js';
import { cheferRules } from '../../graph/rules/transformer-attribution/index.js';
import { type Classifier, classCount, imageShape } from '../../model/classifier.js';
import { inForm } from '../../model/forms/index.js';
import type { WalkBack } from '../map-graph.js';
import { type Attribution, method, type Request } from '../method.js';
import { explained, oneHot } from '../program/explain.js';
import { type Asked, attentionGraph, attentionMap, type LayerValues, type Recipe } from './map.js';
import { fusedHeads, fusedKey, layerAt, layersFrom, productOptions, withResidual } from './matrix-options.js';

const variants = ['product', 'rollout', 'last-layer', 'full'] as const;

const rules = ({ graph }: Classifier) => cheferRules(graphFacts(graph), dependents(graph));

const positive = ({ relu }: Builder, value: string) => relu(value);
const weighted = (builder: Builder, { gradient, relevance }: LayerValues) =>
  positive(builder, builder.mul(gradient, relevance));

const transformerOptions = {
  variant: choice(variants, {
    doc: 'rollout: relevance without gradients; last-layer: relevance of the last layer alone; full: relevance of the pixels',
    default: 'product',
  }),
  ...productOptions(false),
};

export const transformerAttribution = method({
  name: 'transformer-attribution',
  family: 'attention',
  doc: "The product of all layers' attention relevance times the target's gradient by the attention, where positive.",
  paper: cite`Chefer, Gur, Wolf (2021). Transformer interpretability beyond attention visualization. arXiv:2012.09838`,
  options: transformerOptions,
  maps: 'spatial',
  attribute(request) {
    const model = inForm(request.model, 'one-node-layernorm');
    const { variant } = request.options;
    return variant === 'full'
      ? imageRelevance({ ...request, model })
      : attentionMap({ ...request, model }, recipeOf({ ...request, model }, variant));
  },
  graph({ model: given, options }) {
    const model = inForm(given, 'one-node-layernorm');
    const { variant } = options;
    return variant === 'full'
      ? { model, nodes: (builder, walk) => ({ map: pixelsOf(model, builder, walk) }) }
      : attentionGraph({ model, options }, recipeOf({ model, options }, variant));
  },
});

function recipeOf(
  { model, options }: Asked<typeof transformerOptions>,
  variant: Exclude<(typeof variants)[number], 'full'>,
): Recipe {
  const key = `chefer ${variant} ${fusedKey(options)}`;
  switch (variant) {
    case 'product':
      return {
        key,
        layers: layersFrom(model, options.startLayer),
        walks: { gradient: true, relevance: rules },
        matrix: (builder, layer, grid) => withResidual(builder, weighted(builder, layer), options, grid),
      };
    case 'rollout':
      return {
        key,
        layers: layersFrom(model, options.startLayer),
        walks: { relevance: rules },
        matrix: (builder, { relevance }, grid) =>
          withResidual(builder, positive(builder, relevance), options, grid),
      };
    case 'last-layer':
      return {
        key,
        layers: [layerAt(model, { ...options, layer: -1 })],
        walks: { relevance: rules },
        matrix: (builder, { relevance }, grid) =>
          fusedHeads(builder, positive(builder, relevance), options, grid),
      };
  }
}

const mapName = 'sl.relevance';

/** The relevance of the pixels, summed over channels: `[N, 1, H, W]`. */
function pixelsOf(model: Classifier, { reduce, reshape }: Builder, walk: WalkBack): string {
  const { channels, height, width } = imageShape(model);
  const found = walk({ method: 'transformer-attribution', ruleFor: rules(model), engine: 'any' });
  return reduce('ReduceSum', reshape(found[model.input.name]!, [-1, channels, height, width]), [1]);
}

async function imageRelevance({ model, input, targets, run }: Request<unknown>): Promise<Attribution> {
  const { [mapName]: map } = await explained(model, {
    key: 'chefer full',
    program: () => ({ outputs: (builder, walk) => ({ [mapName]: pixelsOf(model, builder, walk) }) }),
    ...{ input, seed: oneHot(targets, classCount(model)), run },
  });
  return { map: map!, evaluations: { forward: 1, backward: 1 } };
}
