import { sizeOf } from '../../../tensor/tensor.js';
import { type Attributes, int } from '../../attributes.js';
import { int64 } from '../../elements.js';
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
  return firstOf(whole, length, sizeOf(whole.shape.slice(axis + 1)), whole.shape.with(axis, 1));
}

/**
 * The part of one sample of a constant that holds the same for each, along an axis in which parts of samples
 * are folded with the batch (heads of an attention, say): `[.., outer, 1, inner, ..]`.
 */
function ofOneSample(
  { known, batch }: Situation,
  value: string,
  axis: number,
  { outer, inner: within }: BatchPosition,
): Constant | undefined {
  const whole = known(value);
  if (!whole || outer * within === 1 || whole.shape[axis] !== outer * batch * within) return undefined;
  const inner = sizeOf(whole.shape.slice(axis + 1)) * within;
  return firstOf(whole, batch, inner, whole.shape.toSpliced(axis, 1, outer, 1, within));
}

/** The first of `count` runs of `length` elements, over and over, where the others are the same. */
function firstOf(
  whole: Constant,
  count: number,
  length: number,
  shape: readonly number[],
): Constant | undefined {
  const { data } = whole;
  const run = (i: number) => Math.floor(i / length) % count;
  if (data.some((number: number | bigint, i: number) => number !== data[i - run(i) * length]))
    return undefined;
  const first = data.filter((_: number | bigint, i: number) => run(i) === 0) as typeof data;
  return { ...whole, data: first, shape };
}

/** Makes what a constant input becomes in an open batch, and returns its name. */
export type Opened = (edit: Edit, nodes: Node[]) => string;

/**
 * Opens a constant that is read along the batch at `axis`: kept where it is broadcast, one part of it where
 * it is the same along the axis, or repeated for each sample; none where samples have their own. `held` is a
 * value that holds the batch at its axis.
 */
export function openedConstant(
  situation: Situation,
  input: number,
  axis: number,
  position: BatchPosition,
  held: { readonly value: string; readonly axis: number },
): Opened | undefined {
  const value = situation.node.inputs[input]!;
  const shape = situation.inputs[input]!;
  if (axis < 0 || shape[axis] === 1) return () => value;
  const part = onePart(situation, value, axis, position);
  if (part) return (edit) => edit.constant(part);
  const sample = ofOneSample(situation, value, axis, position);
  if (!sample) return undefined;
  return (edit, nodes) => {
    const { outer, inner } = position;
    const whole = (...values: number[]) => edit.constant(int64(values));
    const emit = (op: string, inputs: readonly string[], attributes: Attributes = {}) => {
      const made = edit.fresh(`${value}.${op}`);
      nodes.push(edit.node(op, inputs, made, attributes));
      return made;
    };
    const length = emit('Shape', [held.value], { start: int(held.axis), end: int(held.axis + 1) });
    const samples = emit('Div', [length, whole(outer * inner)]);
    const [before, behind] = [shape.slice(0, axis), shape.slice(axis + 1)];
    const target = emit('Concat', [whole(...before, outer), samples, whole(inner, ...behind)], {
      axis: int(0),
    });
    const repeated = emit('Expand', [edit.constant(sample), target]);
    return emit('Reshape', [repeated, whole(...before, -1, ...behind)]);
  };
}

/** The reading of a node whose constants are opened; the inputs that hold the batch have none. */
export const withOpened = (
  position: BatchPosition,
  node: Node,
  opened: readonly (Opened | undefined)[],
): Reading[] => [
  {
    position,
    write(edit) {
      const nodes: Node[] = [];
      const inputs = node.inputs.map((value, i) => opened[i]?.(edit, nodes) ?? value);
      const isKept = inputs.every((value, i) => value === node.inputs[i]);
      return [...nodes, isKept ? node : changed(node, { inputs })];
    },
  },
];
