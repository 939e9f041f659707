import { unsupported } from '../../base/errors.js';
import { choice } from '../../base/options.js';
import type { Classifier } from '../../model/classifier.js';
import { key as metadataKey, type PrototypeNetwork, prototypesOf } from '../../model/prototypes/prototype.js';
import {
  decidingPrototype,
  pathOf,
  presencesIn,
  type Reading,
  weightsIn,
} from '../../model/prototypes/reading.js';

export const countedOption = choice(['own', 'all', 'nearest'], {
  doc: "which prototypes: those of the target's class, all of them, or of its class the one that adds most to its score",
  default: 'own',
});

export type Counted = 'own' | 'all' | 'nearest';

/** How the file of a ProtoPNet of another origin tells its prototypes, for the documentation. */
export const describedPrototypes = `metadata '${metadataKey}' {"kind":"protopnet","features":NAME,"vectors":NAME,"distances":NAME,"weights":NAME,"prototypes":[{"class":0},...]}, with the names of its features [N,D,H,W], prototypes [P,D,1,1], squared distances [N,P,H,W] and last weights [K,P]`;

/** The error about a network whose file tells no prototypes, whatever the network is. */
export const withoutPrototypes = (method: string, kinds = 'a ProtoPNet, ProtoTree or PIP-Net') =>
  unsupported(
    `${method} explains ${kinds} whose file tells its prototypes, and this one tells none (networks trained with option architecture=protopnet do; docs/methods.md says which metadata a ProtoPNet of another origin needs)`,
  );

const names = { protopnet: 'ProtoPNet', prototree: 'ProtoTree', pipnet: 'PIP-Net' };

/** The prototypes of a ProtoPNet. Throws where the model's file tells none, or another network's. */
export function protoPNetIn(model: Classifier, method: string): PrototypeNetwork {
  const { graph, shapes, name = 'the model' } = model;
  const found = prototypesOf(graph, name);
  if (!found) throw withoutPrototypes(method, 'a ProtoPNet');
  if (found.kind !== 'protopnet')
    throw unsupported(`${method} explains a ProtoPNet, and this network is a ${names[found.kind]}`);
  const absent = [found.features, found.distances].find((value) => !shapes.has(value));
  if (absent === undefined) return found;
  throw unsupported(
    `${method} needs '${absent}', which metadata '${metadataKey}' names, and the network has no such value on the way to the output that is explained`,
  );
}

/**
 * The prototypes that are counted in an image. A class's own are those that were trained for it; of a PIP-Net
 * those with a weight for it; of a tree those on the image's path that are present.
 */
export function countedIn(
  model: Classifier,
  reading: Reading,
  image: number,
  target: number,
  counted: Counted,
): number[] {
  const { known } = reading;
  const all = [...known.prototypes.keys()];
  if (counted === 'all') return all;
  const own = ownOf(model, reading, image, target);
  if (counted === 'own' || own.length === 0) return own;
  if (known.kind === 'prototree') return [decidingPrototype(model, reading, image, target)];
  const [weights, presences] = [weightsIn(model, known, target), presencesIn(reading, image)];
  const adds = (p: number) => weights[p]! * presences[p]!;
  return [own.reduce((best, p) => (adds(p) > adds(best) ? p : best))];
}

function ownOf(model: Classifier, reading: Reading, image: number, target: number): number[] {
  const { known } = reading;
  if (known.kind === 'protopnet')
    return known.prototypes.flatMap((one, p) => (one.class === target ? [p] : []));
  if (known.kind === 'pipnet')
    return weightsIn(model, known, target).flatMap((weight, p) => (weight > 0 ? [p] : []));
  const { path } = pathOf(known.tree, presencesIn(reading, image));
  return path.flatMap(({ prototype, present }) => (present ? [prototype] : []));
}
