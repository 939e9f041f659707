import { choice } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import type { Builder } from '../../graph/builder.js';
import { dependents } from '../../graph/order.js';
import { graphFacts } from '../../graph/rules/relevance/graph-facts.js';
import { cheferRules } from '../../graph/rules/transformer-attribution/index.js';
import { type Classifier, classCount, imageShape } from '../../model/classifier.js';
import { inForm } from '../../model/forms/index.js';
import { reduceChannels } from '../../tensor/reduce.js';
import { type Attribution, method, type Request } from '../method.js';
import { explained, oneHot, type RuleChoice } from '../program/explain.js';
import { attentionMap, type LayerValues, type Recipe } from './map.js';
import { fusedHeads, fusedKey, layerAt, layersFrom, productOptions, withResidual } from './matrix-options.js';

const variants = ['product', 'rollout', 'last-layer', 'full'] as const;

const rules = ({ graph }: Classifier) => cheferRules(graphFacts(graph), dependents(graph));

const positive = ({ relu }: Builder, value: string) => relu(value);
const weighted = (builder: Builder, { gradient, relevance }: LayerValues) =>
  positive(builder, builder.mul(gradient, relevance));

export const transformerAttribution = method({
  name: 'transformer-attribution',
  family: 'attention',
  doc: "The product of all layers' attention relevance times the target's gradient by the attention, where positive.",
  paper: cite`Chefer, Gur, Wolf (2021). Transformer interpretability beyond attention visualization. arXiv:2012.09838`,
  options: {
    variant: choice(variants, {
      doc: 'rollout: relevance without gradients; last-layer: relevance of the last layer alone; full: relevance of the pixels',
      default: 'product',
    }),
    ...productOptions(false),
  },
  maps: 'spatial',
  attribute(request) {
    const { options } = request;
    const model = inForm(request.model, 'one-node-layernorm');
    if (options.variant === 'full') return imageRelevance({ ...request, model }, rules);
    const recipes: Record<Exclude<typeof options.variant, 'full'>, Omit<Recipe, 'key'>> = {
      product: {
        layers: layersFrom(model, options.startLayer),
        walks: { gradient: true, relevance: rules },
        matrix: (builder, layer, grid) => withResidual(builder, weighted(builder, layer), options, grid),
      },
      rollout: {
        layers: layersFrom(model, options.startLayer),
        walks: { relevance: rules },
        matrix: (builder, { relevance }, grid) =>
          withResidual(builder, positive(builder, relevance), options, grid),
      },
      'last-layer': {
        layers: [layerAt(model, { ...options, layer: -1 })],
        walks: { relevance: rules },
        matrix: (builder, { relevance }, grid) =>
          fusedHeads(builder, positive(builder, relevance), options, grid),
      },
    };
    return attentionMap(
      { ...request, model },
      { key: `chefer ${options.variant} ${fusedKey(options)}`, ...recipes[options.variant] },
    );
  },
});

const mapName = 'sl.relevance';

/** The relevance of the pixels, summed over channels: `[N, 1, H, W]`. */
async function imageRelevance(
  { model, input, targets, run }: Request<unknown>,
  rules: (model: Classifier) => RuleChoice,
): Promise<Attribution> {
  const { [mapName]: relevance } = await explained(model, {
    key: 'chefer full',
    program: () => ({
      outputs(_, walk) {
        const found = walk({ method: 'transformer-attribution', ruleFor: rules(model), engine: 'any' });
        return { [mapName]: found[model.input.name]! };
      },
    }),
    ...{ input, seed: oneHot(targets, classCount(model)), run },
  });
  const { channels, height, width } = imageShape(model);
  const map = reduceChannels({ data: relevance!.data, shape: [targets.length, channels, height, width] });
  return { map, evaluations: { forward: 1, backward: 1 } };
}
