import type { Constant, Node } from '../graph.js';
import type { Edit } from '../rewrite.js';

/** Where the batch is in a value: along `axis`, whose length is `outer` x batch x `inner`. */
export interface BatchPlace {
  readonly axis: number;
  readonly outer: number;
  readonly inner: number;
}

/**
 * One way to read a node: the place of the batch in its outputs (the same in all), and the node rewritten.
 */
export interface Reading {
  readonly place: BatchPlace;
  readonly write: (edit: Edit) => Node | readonly Node[];
}

/** What is known of a node whose inputs hold the batch. */
export interface Situation {
  readonly node: Node;
  readonly places: readonly (BatchPlace | undefined)[];
  readonly inputs: readonly (readonly number[])[];
  readonly output: readonly number[];
  readonly known: (value: string | undefined) => Constant | undefined;
  /** The batch that the shapes are of. */
  readonly batch: number;
}

export type Reader = (situation: Situation) => readonly Reading[];

/** The node as it is. */
export const same = (place: BatchPlace, node: Node): Reading[] => [{ place, write: () => node }];

export const isSame = (a: BatchPlace, b: BatchPlace) =>
  a.axis === b.axis && a.outer === b.outer && a.inner === b.inner;
