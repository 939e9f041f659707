import type { Constant, Node } from '../graph.js';
import type { Edit } from '../rewrite.js';

/** The position of the batch in a value: along `axis`, whose length is `outer` x batch x `inner`. */
export interface BatchPosition {
  readonly axis: number;
  readonly outer: number;
  readonly inner: number;
}

/**
 * One interpretation of a node: the position of the batch in its outputs (the same in all), and the rewritten
 * node.
 */
export interface Reading {
  readonly position: BatchPosition;
  readonly write: (edit: Edit) => Node | readonly Node[];
}

/** A node with at least one input that holds the batch, and what is known about it. */
export interface Situation {
  readonly node: Node;
  readonly positions: readonly (BatchPosition | undefined)[];
  readonly inputs: readonly (readonly number[])[];
  readonly output: readonly number[];
  readonly known: (value: string | undefined) => Constant | undefined;
  /** The batch size of the shapes. */
  readonly batch: number;
}

export type Reader = (situation: Situation) => readonly Reading[];

/** The reading that keeps the node unchanged. */
export const same = (position: BatchPosition, node: Node): Reading[] => [{ position, write: () => node }];

export const isSame = (a: BatchPosition, b: BatchPosition) =>
  a.axis === b.axis && a.outer === b.outer && a.inner === b.inner;
