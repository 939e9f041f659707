import { unsupported } from '../../base/errors.js';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import {
  type AttentionLayer,
  attentionLayers,
  fusedAttention,
  quantises,
  softmaxOutside,
} from '../../graph/attention.js';
import { withoutRounding } from '../../graph/import/quantised/open-quantised.js';
import { type Classifier, classCount } from '../../model/classifier.js';
import { mixesChannels } from '../../model/maps/entry.js';
import { sideBySide } from '../../model/maps/streams.js';
import { sizeOf, tensor } from '../../tensor/tensor.js';
import type { RuleChoice } from '../map-graph.js';
import { gradient, runPass } from '../program/backward.js';

const known = new WeakMap<Classifier, readonly AttentionLayer[]>();
const readouts = new WeakMap<Classifier, Map<string, Promise<readonly number[]>>>();

/**
 * The model's self-attention layers, all over the same tokens. Throws an unsupported error when there are
 * none, where a softmax is in none of them, and for attention over windows, over channels or over a changing
 * set of tokens.
 */
export function layersOf(model: Classifier): readonly AttentionLayer[] {
  const found = known.get(model);
  if (found) return found;
  const hidden = fusedAttention(model.graph);
  if (hidden) {
    const operator = hidden.domain === '' ? hidden.op : `${hidden.domain}.${hidden.op}`;
    throw unsupported(
      `node '${hidden.name}' (${operator}) hides its attention; export the model without fused attention (opset below 23, no transformer optimisation)`,
    );
  }
  const layers = attentionLayers(model.graph, model.shapes);
  const outside = softmaxOutside(model.graph, model.shapes, layers, model.output);
  if (outside) {
    throw unsupported(
      `node '${outside.name}' (Softmax) has shape [${model.shapes.get(outside.outputs[0]!)!.dims}] for one sample and is not part of a self-attention (MatMul, Softmax, MatMul), as with learned queries, gates or products between heads: attention methods would leave it out`,
    );
  }
  const [first] = layers.flat();
  if (!first) {
    throw unsupported('no attention (MatMul, Softmax, MatMul) was found in the model');
  }
  for (const block of layers.flat()) {
    if (mixesChannels(model, block)) {
      throw unsupported(
        `'${block.probabilities}' is a softmax over channels (cross-covariance attention): no token attends to another`,
      );
    }
    const { queries, keys, probabilities, layout } = block;
    if (layout === 'windows') {
      const { dims } = model.shapes.get(probabilities)!;
      throw unsupported(
        `'${probabilities}' has shape [${dims}] for one sample: attention over windows (Swin), or over each of several images, is not handled`,
      );
    }
    if (queries !== keys) {
      throw unsupported(
        `'${probabilities}' attends from ${queries} tokens to ${keys}; only attention of tokens to each other is handled`,
      );
    }
    if (keys !== first.keys) {
      throw unsupported(
        `attention is over ${first.keys} tokens in '${first.probabilities}' and over ${keys} in '${probabilities}'; models that change their tokens (Swin, PVT) are not handled`,
      );
    }
  }
  const apart = sideBySide(model, layers);
  if (apart) {
    throw unsupported(
      `'${apart[0]!.probabilities}' belongs to one of several networks side by side, or to one of several images; attention methods follow one: export it alone`,
    );
  }
  known.set(model, layers);
  return layers;
}

/**
 * The indices of the tokens through which the raw outputs depend on the last attention layer at a random
 * input, of which there are several: the class token, a distillation token too, or all tokens for mean
 * pooling; of a maximum over tokens, those that have it there. Finds them by the gradient, which is exactly 0
 * for other tokens.
 */
export function readTokens(model: Classifier, draw = ''): Promise<readonly number[]> {
  const known = readouts.get(model) ?? new Map<string, Promise<readonly number[]>>();
  readouts.set(model, known);
  const found = known.get(draw) ?? findReadTokens(model, draw);
  known.set(draw, found);
  found.catch(() => known.delete(draw));
  return found;
}

/** The tokens that the model reads; all of `patches` too where it picks among its tokens by their values. */
export async function tokensRead(
  model: Classifier,
  patches: readonly number[],
): Promise<{ readonly tokens: readonly number[]; readonly picked: boolean }> {
  const [one, other] = [await readTokens(model), await readTokens(model, 'again')];
  const picked = one.join() !== other.join();
  const all = [...new Set([...one, ...other, ...patches])].sort((a, b) => a - b);
  return { tokens: picked ? all : one, picked };
}

/**
 * The gradient where rounding is the identity: a range of the values themselves depends on all tokens. The
 * ranges that a file was quantised for are taken off before, since noise may lie beyond them, or within one
 * step.
 */
const straight: RuleChoice = (node) => (quantises(node) ? (_, [dy]) => [dy] : gradient(node));

async function findReadTokens(model: Classifier, draw: string): Promise<readonly number[]> {
  const last = layersOf(model).at(-1)!;
  const random = seededRandom(`read tokens${draw}`);
  const noise = (...shape: readonly number[]) => {
    const data = Float32Array.from({ length: sizeOf(shape) }, () => random.normal());
    return tensor(data, shape);
  };
  const wrt = last.map((block) => block.probabilities);
  const [input, seed] = [noise(1, ...model.input.shape), noise(1, classCount(model))];
  const pass = { method: 'tokens read', ruleFor: straight, wrt };
  const exact = { ...model, graph: withoutRounding(model.graph) };
  const { quantities } = await runPass(exact, pass, input, seed, quietly);
  const tokens = last[0]!.keys;
  const read = new Set<number>();
  for (const value of wrt) {
    for (const [i, slope] of quantities[value]!.data.entries()) {
      if (slope !== 0) read.add(Math.floor(i / tokens) % tokens);
    }
  }
  if (read.size === 0) throw unsupported('the outputs do not depend on the last attention');
  return [...read].sort((a, b) => a - b);
}
