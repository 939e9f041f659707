import { z } from 'zod/mini';
import { parseJson, type Schema, whole } from '../../base/json.js';
import type { Graph } from '../../graph/graph.js';

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

/** A prototype of a class: a vector in feature space, and the patch that it stands for. */
export interface Prototype {
  /** The index of its class. */
  readonly class: number;
  /** Missing before the projection. */
  readonly patch?: Patch;
}

/** The prototypes of a network, in the order of their vectors, and the values of its graph. */
export interface Prototypes {
  readonly kind: 'protopnet';
  /** The features `[N, D, H, W]` that are compared. */
  readonly features: string;
  /** The initializer of the vectors `[P, D, 1, 1]`. */
  readonly vectors: string;
  /** The squared distances `[N, P, H, W]`. */
  readonly distances: string;
  /** The initializer of the last layer's weights `[K, P]`. */
  readonly weights: string;
  readonly prototypes: readonly Prototype[];
}

const key = 'sightline.prototypes';

const schema: Schema<Prototypes> = z.object({
  kind: z.literal('protopnet'),
  features: z.string(),
  vectors: z.string(),
  distances: z.string(),
  weights: z.string(),
  prototypes: z.array(
    z.object({
      class: whole(),
      patch: z.optional(
        z.object({
          image: z.string(),
          patient: z.string(),
          row: whole(),
          column: whole(),
          box: z.tuple([whole(), whole(), whole(), whole()]),
        }),
      ),
    }),
  ),
});

/** The entry of a graph's metadata for its prototypes. */
export const metadataOf = (prototypes: Prototypes): Readonly<Record<string, string>> => ({
  [key]: JSON.stringify(prototypes),
});

/** The prototypes that a graph's metadata holds; undefined where it has none. `name` is that of its file. */
export function prototypesOf({ metadata }: Pick<Graph, 'metadata'>, name: string): Prototypes | undefined {
  const text = metadata[key];
  return text ? parseJson(text, schema, `${name}: metadata '${key}'`) : undefined;
}
