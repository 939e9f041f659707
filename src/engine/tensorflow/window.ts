import { intOf, intsOf, stringOf } from '../../graph/attributes.js';
import type { Node } from '../../graph/graph.js';

/** A sliding window over the spatial axes of an input; all arrays have one entry per spatial axis. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Declared padding, or the padding that `auto_pad` implies. */
  readonly begin: readonly number[];
  readonly end: readonly number[];
  readonly output: readonly number[];
  /** The padding that the last window needs at the end; negative when it ends before the input does. */
  readonly behind: readonly number[];
}

export function windowOf(node: Node, input: readonly number[], kernel: readonly number[]): Window {
  const strides = intsOf(node, 'strides') ?? kernel.map(() => 1);
  const dilations = intsOf(node, 'dilations') ?? kernel.map(() => 1);
  const span = kernel.map((k, axis) => (k - 1) * dilations[axis]! + 1);
  const padding = paddingOf(node, input, strides, span);
  const output = input.map((length, axis) => {
    const [begin, end] = padding[axis]!;
    const room = (length + begin + end - span[axis]!) / strides[axis]!;
    if (!intOf(node, 'ceil_mode', 0)) return Math.floor(room) + 1;
    const count = Math.ceil(room) + 1;
    // No window starts in the end padding.
    return (count - 1) * strides[axis]! >= length + begin ? count - 1 : count;
  });
  const begin = padding.map(([before]) => before);
  const behind = input.map(
    (length, axis) => (output[axis]! - 1) * strides[axis]! + span[axis]! - length - begin[axis]!,
  );
  return { kernel, strides, dilations, begin, end: padding.map(([, after]) => after), output, behind };
}

function paddingOf(
  node: Node,
  input: readonly number[],
  strides: readonly number[],
  span: readonly number[],
): [number, number][] {
  const auto = stringOf(node, 'auto_pad', 'NOTSET');
  if (auto.startsWith('SAME')) {
    return input.map((length, axis) => {
      const output = Math.ceil(length / strides[axis]!);
      const total = Math.max(0, (output - 1) * strides[axis]! + span[axis]! - length);
      const [less, more] = [Math.floor(total / 2), Math.ceil(total / 2)];
      return auto === 'SAME_UPPER' ? [less, more] : [more, less];
    });
  }
  const pads = (auto === 'NOTSET' && intsOf(node, 'pads')) || input.flatMap(() => [0, 0]);
  return input.map((_, axis) => [pads[axis]!, pads[axis + input.length]!]);
}

/** All index tuples of a kernel, in row-major order. */
export const tapsOf = (kernel: readonly number[]): number[][] =>
  kernel.reduce<number[][]>(
    (found, length) => found.flatMap((tap) => Array.from({ length }, (_, k) => [...tap, k])),
    [[]],
  );
