import { z } from 'zod/mini';
import { parseJson, type Schema, whole } from '../../base/json.js';
import type { Graph } from '../../graph/graph.js';
import { type Tree, treeSchema } from './tree.js';

/** The patch of a training image that a prototype was projected on. */
export interface Patch {
  /** The id of the sample. */
  readonly image: string;
  /** The salted hash of its patient. */
  readonly patient: string;
  /** The place in the feature map. */
  readonly row: number;
  readonly column: number;
  /** `[x, y, width, height]` in pixels of the network's input: where the prototype is most active there. */
  readonly box: readonly [number, number, number, number];
}

/** The values of a graph that compare its features with prototypes. */
export interface Compared {
  /** The features `[N, D, H, W]`. */
  readonly features: string;
  /** The initializer of the prototypes `[P, D, 1, 1]`. */
  readonly vectors: string;
  /** The squared distances `[N, P, H, W]`. */
  readonly distances: string;
}

/** A ProtoPNet: the class of each prototype, and its patch once it is projected. */
export interface PrototypeNetwork extends Compared {
  readonly kind: 'protopnet';
  /** The initializer of the last layer's weights `[K, P]`. */
  readonly weights: string;
  readonly prototypes: readonly { readonly class: number; readonly patch?: Patch }[];
}

/** A ProtoTree: its branches ask for prototypes, its leaves are distributions over the classes. */
export interface PrototypeTree extends Compared {
  readonly kind: 'prototree';
  /** The initializer of the leaves' scores `[L, K]`, whose softmax is the distribution. */
  readonly leaves: string;
  readonly tree: Tree;
  readonly prototypes: readonly { readonly patch?: Patch }[];
}

/** A PIP-Net: what is present somewhere in the image counts for the classes, with weights of at least 0. */
export interface PartNetwork {
  readonly kind: 'pipnet';
  /** How much each place looks like each prototype, `[N, P, H, W]`, a softmax over the prototypes. */
  readonly maps: string;
  /** The largest value of each map, `[N, P]`. */
  readonly presence: string;
  /** The classes' scores `[N, K]`: what the prototypes add up to. */
  readonly scores: string;
  /** The initializer of the weights `[K, P]`. */
  readonly weights: string;
  /** The patch of the training images in which each prototype is most present. */
  readonly prototypes: readonly { readonly patch?: Patch }[];
}

export type Prototypes = PrototypeNetwork | PrototypeTree | PartNetwork;

/** The key of a graph's metadata for its prototypes. */
export const key = 'sightline.prototypes';

const patch = z.optional(
  z.object({
    image: z.string(),
    patient: z.string(),
    row: whole(),
    column: whole(),
    box: z.tuple([whole(), whole(), whole(), whole()]),
  }),
);
const compared = { features: z.string(), vectors: z.string(), distances: z.string() };

const schema: Schema<Prototypes> = z.discriminatedUnion('kind', [
  z.object({
    ...compared,
    kind: z.literal('protopnet'),
    weights: z.string(),
    prototypes: z.array(z.object({ class: whole(), patch })),
  }),
  z.object({
    ...compared,
    kind: z.literal('prototree'),
    leaves: z.string(),
    tree: treeSchema,
    prototypes: z.array(z.object({ patch })),
  }),
  z.object({
    kind: z.literal('pipnet'),
    maps: z.string(),
    presence: z.string(),
    scores: z.string(),
    weights: z.string(),
    prototypes: z.array(z.object({ patch })),
  }),
]);

/** The entry of a graph's metadata for its prototypes. */
export const metadataOf = (prototypes: Prototypes): Readonly<Record<string, string>> => ({
  [key]: JSON.stringify(prototypes),
});

/** The prototypes that a graph's metadata holds; undefined where it has none. `name` is that of its file. */
export function prototypesOf({ metadata }: Pick<Graph, 'metadata'>, name: string): Prototypes | undefined {
  const text = metadata[key];
  return text ? parseJson(text, schema, `${name}: metadata '${key}'`) : undefined;
}
