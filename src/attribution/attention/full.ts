import { type Classifier, classCount } from '../../model/classifier.js';
import { zeros } from '../../tensor/tensor.js';
import { imageShape, pixelIndex } from '../input/pixels.js';
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
        const found = walk({ method: 'transformer-attribution', ruleFor: rules(model) });
        return { [mapName]: found[model.input.name]! };
      },
    }),
    ...{ input, seed: oneHot(targets, classCount(model)), run },
  });
  const { height, width } = imageShape(model);
  const map = zeros([targets.length, 1, height, width]);
  const at = pixelIndex(model);
  const size = input.data.length / targets.length;
  for (const [i, value] of relevance!.data.entries()) {
    map.data[Math.floor(i / size) * height * width + at(i % size)]! += value;
  }
  return { map, evaluations: { forward: 1, backward: 1 } };
}
