import { runRows } from '../../engine/run-rows.js';
import { backward } from '../../graph/backward.js';
import { extend } from '../../graph/builder.js';
import { type Classifier, classCount } from '../../model/classifier.js';
import { batchSizeOf } from '../../model/predict.js';
import { programOf } from '../../model/programs.js';
import { zeros } from '../../tensor/tensor.js';
import { imageShape, pixelIndex } from '../input/pixels.js';
import type { Attribution, Request } from '../method.js';
import { oneHot, type RuleChoice } from '../program/backward.js';

const names = { seed: 'sl.seed', map: 'sl.relevance' };

/** Relevance carried on to the pixels, summed over channels: `[N, 1, H, W]`. */
export async function imageRelevance(
  { model, input, targets, run }: Request<unknown>,
  rules: (model: Classifier) => RuleChoice,
): Promise<Attribution> {
  const program = await programOf(model, 'chefer full', () => {
    const builder = extend(model.graph);
    const found = backward(model.graph, builder, {
      seeds: { [model.output]: names.seed },
      wrt: [model.input.name],
      ruleFor: rules(model),
      method: 'transformer-attribution',
      shapes: model.shapes,
    });
    builder.alias(found[model.input.name]!, names.map);
    return builder.finish(
      [...model.graph.inputs, { name: names.seed, type: 'float32', shape: ['N', classCount(model)] }],
      [{ name: names.map, type: 'float32' }],
    );
  });
  const feeds = { [model.input.name]: input, [names.seed]: oneHot(targets, classCount(model)) };
  const { [names.map]: relevance } = await runRows(program, feeds, batchSizeOf(model), run);
  const { height, width } = imageShape(model);
  const map = zeros([targets.length, 1, height, width]);
  const at = pixelIndex(model);
  const size = input.data.length / targets.length;
  for (const [i, value] of relevance!.data.entries()) {
    map.data[Math.floor(i / size) * height * width + at(i % size)]! += value;
  }
  return { map, evaluations: { forward: 1, backward: 1 } };
}
