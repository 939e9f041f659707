import type { Constant, Node } from '../../../graph/graph.js';
import type { Origins } from './origins.js';
import type { Window } from './track.js';

/** What a node reads and makes. */
export interface Step {
  readonly node: Node;
  /** The output, by its place. */
  readonly place: number;
  /** The origins of the inputs, as far as they are known. */
  readonly origins: readonly (Origins | undefined)[];
  /** How many parts of the image lie on one another in each input. */
  readonly parts: readonly number[];
  /** The lengths of the inputs and of the output. */
  readonly lengths: readonly (readonly number[])[];
  readonly made: readonly number[];
  /** What the node reads at once along an axis of its output; undefined where it reads no windows. */
  windowAlong(axis: number): Window | undefined;
  known(value: string | undefined): Constant | undefined;
}
