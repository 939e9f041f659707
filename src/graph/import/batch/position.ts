import { sizeOf } from '../../../tensor/tensor.js';
import type { Constant, Node } from '../../graph.js';
import { changed, type Edit } from '../../rewrite.js';

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

/** Whether the axis holds nothing but the batch. */
export const isWhole = ({ outer, inner }: BatchPosition) => outer * inner === 1;

/**
 * One part of a constant that was repeated along an axis that holds the batch: its parts along the axis are
 * all the same.
 */
export function onePart(
  { known, batch }: Situation,
  value: string,
  axis: number,
  { outer, inner: within }: BatchPosition,
): Constant | undefined {
  const whole = known(value);
  const length = outer * within * batch;
  if (!whole || length === 1 || whole.shape[axis] !== length) return undefined;
  const inner = sizeOf(whole.shape.slice(axis + 1));
  const ofFirst = (i: number) => i - (Math.floor(i / inner) % length) * inner;
  const { data } = whole;
  if (data.some((number: number | bigint, i: number) => number !== data[ofFirst(i)])) return undefined;
  const first = data.filter((_: number | bigint, i: number) => ofFirst(i) === i) as typeof data;
  return { ...whole, data: first, shape: whole.shape.with(axis, 1) };
}

/** The reading of a node whose given inputs are replaced by one part of them. */
export const withParts = (
  position: BatchPosition,
  node: Node,
  parts: readonly (Constant | undefined)[],
): Reading[] => [
  {
    position,
    write: (edit) =>
      parts.some(Boolean)
        ? changed(node, { inputs: node.inputs.map((v, i) => (parts[i] ? edit.constant(parts[i]) : v)) })
        : node,
  },
];
