import { type Classifier, classCount, imageShape } from '../../model/classifier.js';
import { reduceChannels } from '../../tensor/reduce.js';
import type { Attribution, Request } from '../method.js';
import { explained, oneHot, type RuleChoice } from '../program/explain.js';

const mapName = 'sl.relevance';

/** Relevance carried on to the pixels, summed over channels: `[N, 1, H, W]`. */
export async function imageRelevance(
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
