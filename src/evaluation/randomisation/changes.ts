import { choice } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import type { Classifier } from '../../model/classifier.js';
import { type Replaced, weightedLayers, withRandomWeights } from '../../model/randomise.js';

/** A model made from another one; the same one each time that it is asked for the same model. */
export type Change = (model: Classifier) => Classifier;

export const orders = ['cascading', 'independent', 'bottom-up'] as const;

export const weightsOption = choice(['redraw', 'permute'], {
  doc: "redraw: as in a new layer, uniform within one over the root of the fan-in; permute: the layer's own weights in a random order",
  default: 'redraw',
});

interface Randomised {
  readonly order: (typeof orders)[number];
  readonly weights: Replaced;
  /** Number of steps, evenly spaced; every layer by default. */
  readonly layers?: number;
  readonly seed: number;
}

/** The models with random weights of a test of randomised parameters, in its order. */
export function changesOf(model: Classifier, chosen: Randomised): readonly Change[] {
  const count = weightedLayers(model.graph).length;
  const steps = Math.min(chosen.layers ?? count, count);
  const at = Array.from({ length: steps }, (_, i) => Math.round(((i + 1) * count) / steps) - 1);
  return at.map((layer) => changeOf(layer, chosen));
}

const known = new Map<string, WeakMap<Classifier, Classifier>>();

/** The change up to the `layer`-th layer of the order. A layer's random weights are those of every order. */
function changeOf(layer: number, { order, weights, seed }: Randomised): Change {
  const key = `${layer} ${order} ${weights} ${seed}`;
  const made = known.get(key) ?? new WeakMap<Classifier, Classifier>();
  known.set(key, made);
  return (model) => {
    const found = made.get(model);
    if (found) return found;
    const layers = weightedLayers(model.graph);
    const ordered = order === 'cascading' ? layers.toReversed() : layers;
    const taken = order === 'independent' ? [ordered[layer]!] : ordered.slice(0, layer + 1);
    const random = (name: string) => seededRandom(seed).fork(`weights of ${name}`);
    const changed = taken.reduce((so, one) => withRandomWeights(so, [one], weights, random(one.name)), model);
    made.set(model, changed);
    return changed;
  };
}
