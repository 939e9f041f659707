import { unsupported } from '../../base/errors.js';
import { choice } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { type Tensor, zeros } from '../../tensor/tensor.js';
import { method, type Request } from '../method.js';
import { explained } from '../program/explain.js';
import { type Asked, attentionGraph, attentionMap, joined, type Recipe } from './map.js';
import { fusedHeads, fusedKey, layerAt, singleOptions } from './matrix-options.js';
import { layersOf } from './transformer.js';

export const rawAttention = method({
  name: 'raw-attention',
  family: 'attention',
  doc: 'How much the token that the classifier reads attends to each patch in one layer; the same for every target.',
  paper: cite`Dosovitskiy et al. (2021). An image is worth 16x16 words: transformers for image recognition at scale. arXiv:2010.11929`,
  options: {
    ...singleOptions,
    output: choice(['map', 'probabilities'], {
      doc: 'probabilities: the attention of all layers and heads as it is, [N, layers, heads, T, T]',
      default: 'map',
    }),
  },
  maps: 'spatial',
  async attribute(request) {
    if (request.options.output === 'probabilities') {
      return { map: await probabilities(request), evaluations: { forward: 1, backward: 0 } };
    }
    return attentionMap(request, recipeOf(request));
  },
  graph(asked) {
    if (asked.options.output === 'probabilities')
      throw unsupported("option output=probabilities gives no map that a graph's output could hold");
    return attentionGraph(asked, recipeOf(asked));
  },
});

const recipeOf = ({ model, options }: Asked<typeof singleOptions>): Recipe => ({
  key: `raw ${fusedKey(options)}`,
  layers: [layerAt(model, options)],
  matrix: (builder, { attention }, grid) => fusedHeads(builder, attention, options, grid),
});

/** The attention probabilities of all layers and heads, `[N, layers, heads, T, T]`. */
async function probabilities({ model, input, run }: Request<unknown>): Promise<Tensor> {
  const layers = layersOf(model);
  const names = layers.map((_, i) => `sl.attention.${i}`);
  const found = await explained(model, {
    key: 'attention probabilities',
    program: () => ({
      outputs: (builder) =>
        Object.fromEntries(
          layers.map((layer, i) => [names[i]!, joined(builder, layer, (block) => block.probabilities)]),
        ),
    }),
    ...{ input, run },
  });
  const [count, ...matrices] = found[names[0]!]!.shape as [number, ...number[]];
  const out = zeros([count, layers.length, ...matrices]);
  const size = out.data.length / count / layers.length;
  for (const [i, name] of names.entries()) {
    for (let n = 0; n < count; n++) {
      const part = found[name]!.data.subarray(n * size, (n + 1) * size);
      out.data.set(part, (n * layers.length + i) * size);
    }
  }
  return out;
}
