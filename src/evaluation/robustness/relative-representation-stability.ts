import { text } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import type { Classifier } from '../../model/classifier.js';
import { weightedLayers } from '../../model/randomise.js';
import { unknownLayer } from '../../model/unknown-layer.js';
import { valuesAt } from '../../model/values-at.js';
import { metric } from '../metric/metric.js';
import { inputOf, neighbourOptions, robustness } from './neighbours.js';
import { relativeChange, relativeStability } from './relative.js';

export const relativeRepresentationStability = metric({
  ...robustness,
  name: 'relative-representation-stability',
  doc: "The maximum, over small changes of the input that leave the predicted class, of the map's relative change over that of a layer's values, both value by value.",
  paper: cite`Agarwal, Johnson, Pawelczyk, et al. (2022). Rethinking stability for attribution-based explanations. arXiv:2203.06877`,
  options: {
    ...neighbourOptions,
    layer: text({
      doc: 'the representation, by its value name (what enters the last layer with weights)',
      default: '',
    }),
  },
  needs: ['network', 'explain'],
  async score(scored, { layer, ...options }) {
    const model = scored.model!;
    const value = layer === '' ? representationOf(model) : layer;
    if (!model.shapes.has(value))
      throw unknownLayer(model, value, [...model.shapes.keys()], 'value of the model');
    const own = await valuesAt(model, value, inputOf(scored), scored.run);
    return relativeStability(scored, options, async ({ input }) =>
      relativeChange(own, await valuesAt(model, value, input, scored.run)),
    );
  },
});

/** What enters the last layer with weights; the input where there is none. */
function representationOf({ graph, input }: Classifier): string {
  const last = weightedLayers(graph).at(-1)?.name;
  return graph.nodes.find(({ name }) => name === last)?.inputs[0] ?? input.name;
}
