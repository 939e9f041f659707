import { unsupported } from '../../base/errors.js';
import { choice } from '../../base/options.js';
import type { Classifier } from '../../model/classifier.js';
import { type PrototypeNetwork, prototypesOf } from '../../model/prototypes/prototype.js';

export const countedOption = choice(['own', 'all', 'nearest'], {
  doc: "which prototypes: those of the target's class, all of them, or of its class the one that adds most to its score",
  default: 'own',
});

export type Counted = 'own' | 'all' | 'nearest';

/** The prototypes of a model. Throws where it has none. */
export function prototypesIn(
  { graph, shapes, name = 'the model' }: Classifier,
  method: string,
): PrototypeNetwork {
  const found = prototypesOf(graph, name);
  if (found?.kind === 'protopnet' && shapes.has(found.features) && shapes.has(found.distances)) return found;
  throw unsupported(
    `${method} explains a ProtoPNet, and this network is none (train one with option architecture=protopnet)`,
  );
}

/** The weight of each prototype in the score of a class, from the last layer. */
export function weightsFor({ graph }: Classifier, { weights, prototypes }: PrototypeNetwork, target: number) {
  const { data } = graph.initializers.get(weights)!;
  return prototypes.map((_, p) => Number(data[target * prototypes.length + p]));
}

/** The prototypes that are counted, of those with these similarities `[P]` to one image. */
export function countedIn(
  { prototypes }: PrototypeNetwork,
  weights: readonly number[],
  similarities: ArrayLike<number>,
  target: number,
  counted: Counted,
): number[] {
  const all = [...prototypes.keys()];
  if (counted === 'all') return all;
  const own = all.filter((p) => prototypes[p]!.class === target);
  if (counted === 'own') return own;
  const adds = (p: number) => weights[p]! * similarities[p]!;
  return own.length === 0 ? [] : [own.reduce((best, p) => (adds(p) > adds(best) ? p : best))];
}
