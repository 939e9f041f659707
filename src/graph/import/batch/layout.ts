import { sizeOf } from '../../../tensor/tensor.js';
import { int, intOf, intsOf } from '../../attributes.js';
import { int64, numbers } from '../../elements.js';
import type { Constant, Node } from '../../graph.js';
import { changed, type Edit } from '../../rewrite.js';
import { axisOf } from '../../shapes.js';
import { type BatchPosition, isSame, onePart, type Reader, same } from './position.js';

export const transpose: Reader = ({ node, positions: [position], output }) => {
  const perm = intsOf(node, 'perm') ?? output.map((_, axis) => output.length - 1 - axis);
  return same({ ...position!, axis: perm.indexOf(position!.axis) }, node);
};

/** Joined along another axis than the batch. */
export const concat: Reader = (situation) => {
  const { node, positions, output } = situation;
  const axis = axisOf(intOf(node, 'axis', 0), output.length);
  return positions.some((position) => position?.axis === axis) ? [] : alike(situation);
};

/** Each sample is read at the places that its own grid holds, or all at the same. */
export const sampled: Reader = (situation) =>
  situation.positions.every((position) => !position || position.axis === 0) ? alike(situation) : [];

/**
 * All inputs hold the batch along one axis. Those without it (a class token), or repeated along it, are
 * expanded over the batch.
 */
export const alike: Reader = (situation) => {
  const { node, positions, inputs, output } = situation;
  const held = positions.flatMap((position, i) => (position ? [{ position, value: node.inputs[i]! }] : []));
  const { position, value } = held[0]!;
  if (held.some((h) => !isSame(h.position, position))) return [];
  if (held.length === positions.length) return same(position, node);
  const parts = node.inputs.map((input, i) =>
    positions[i] ? undefined : onePart(situation, input, position.axis, position),
  );
  const isOne = (i: number) => inputs[i]![position.axis] === 1 || parts[i];
  if (inputs.some((_, i) => !positions[i] && !isOne(i))) return [];
  const write = (edit: Edit) => {
    const nodes: Node[] = [];
    const repeated = node.inputs.map((input, i) => {
      if (positions[i]) return input;
      const own = parts[i] ? edit.constant(parts[i]) : input;
      return overBatch(nodes, edit, { value, axis: position.axis }, own, position.axis, output.length);
    });
    return [...nodes, changed(node, { inputs: repeated })];
  };
  return [{ position, write }];
};

/** A value of `rank` axes, expanded along one of them over the batch that `held` has along its own. */
export function overBatch(
  nodes: Node[],
  edit: Edit,
  held: { readonly value: string; readonly axis: number },
  value: string,
  axis: number,
  rank: number,
): string {
  const [length, target, name] = ['length', 'target', 'repeated'].map((part) =>
    edit.fresh(`${value}.${part}`),
  );
  const ones = (n: number) => edit.constant(int64(Array(n).fill(1)));
  nodes.push(
    edit.node('Shape', [held.value], length!, { start: int(held.axis), end: int(held.axis + 1) }),
    edit.node('Concat', [ones(axis), length!, ones(rank - axis - 1)], target!, { axis: int(0) }),
    edit.node('Expand', [value, target!], name!),
  );
  return name!;
}

export const sliced: Reader = ({ node, positions: [position], inputs, output, known }) => {
  const given = node.inputs[3] ? known(node.inputs[3]) : undefined;
  if (node.inputs[3] && !given) return [];
  const rank = inputs[0]!.length;
  const starts = known(node.inputs[1]);
  const axes = given
    ? numbers(given).map((axis) => axisOf(axis, rank))
    : starts
      ? numbers(starts).map((_, i) => i)
      : [];
  const at = axes.indexOf(position!.axis);
  if (at < 0) return same(position!, node);
  const ends = known(node.inputs[2]);
  const steps = node.inputs[4] ? known(node.inputs[4]) : undefined;
  const step = steps ? numbers(steps)[at] : 1;
  if (!starts || !ends || step !== 1 || output[position!.axis] !== inputs[0]![position!.axis]) return [];
  const whole = (values: Constant, value: number) =>
    int64(numbers(values).map((v, i) => (i === at ? value : v)));
  return [
    {
      position: position!,
      write: (edit) =>
        changed(node, {
          inputs: [
            node.inputs[0]!,
            edit.constant(whole(starts, 0)),
            edit.constant(whole(ends, 2 ** 31 - 1)),
            ...node.inputs.slice(3),
          ],
        }),
    },
  ];
};

export const padded: Reader = ({ node, positions: [position, ...others], inputs, known }) => {
  const pads = known(node.inputs[1]);
  if (!position || !pads || others.some(Boolean)) return [];
  const rank = inputs[0]!.length;
  const given = node.inputs[3] ? known(node.inputs[3]) : undefined;
  const axes = given ? numbers(given).map((axis) => axisOf(axis, rank)) : inputs[0]!.map((_, axis) => axis);
  const at = axes.indexOf(position.axis);
  const amounts = numbers(pads);
  return at < 0 || (amounts[at] === 0 && amounts[at + axes.length] === 0) ? same(position, node) : [];
};

export const expand: Reader = ({ node, positions: [position], inputs, output, known }) => {
  const target = known(node.inputs[1]);
  if (!position || !target) return [];
  const axis = position.axis + output.length - inputs[0]!.length;
  const lengths = numbers(target);
  const own = axis - (output.length - lengths.length);
  const open = int64(lengths.map((length, i) => (i === own ? 1 : length)));
  return [
    {
      position: { ...position, axis },
      write: (edit) => changed(node, { inputs: [node.inputs[0]!, edit.constant(open)] }),
    },
  ];
};

export const tile: Reader = ({ node, positions: [position], known }) => {
  const repeats = known(node.inputs[1]);
  return position && repeats && numbers(repeats)[position.axis] === 1 ? same(position, node) : [];
};

export const squeeze: Reader = (situation) => {
  const { node, positions, inputs, known } = situation;
  const given = known(node.inputs[1]);
  const rank = inputs[0]!.length;
  if (!given) return reshape(situation);
  const axes = numbers(given).map((axis) => axisOf(axis, rank));
  const [position] = positions;
  if (axes.includes(position!.axis)) return reshape(situation);
  return same(
    { ...position!, axis: position!.axis - axes.filter((axis) => axis < position!.axis).length },
    node,
  );
};

export const unsqueeze: Reader = (situation) => {
  const { node, positions, output, known } = situation;
  const given = known(node.inputs[1]);
  if (!given) return [];
  const added = new Set(numbers(given).map((axis) => axisOf(axis, output.length)));
  const old = output.flatMap((_, axis) => (added.has(axis) ? [] : [axis]));
  return same({ ...positions[0]!, axis: old[positions[0]!.axis]! }, node);
};

/**
 * In flat element order, `left` index combinations vary slower than the batch and `right` vary faster. Every
 * target axis that spans this range can hold the batch. An axis of the batch alone is tried first, then one
 * in which the batch varies slowest.
 */
export const reshape: Reader = ({ node, positions, inputs, output, batch }) => {
  const position = positions[0];
  if (!position || positions[1]) return [];
  const left = sizeOf(inputs[0]!.slice(0, position.axis)) * position.outer;
  const right = sizeOf(inputs[0]!.slice(position.axis + 1)) * position.inner;
  const found = output.flatMap((length, axis): BatchPosition[] => {
    const outer = left / sizeOf(output.slice(0, axis));
    const inner = right / sizeOf(output.slice(axis + 1));
    const whole = Number.isInteger(outer) && Number.isInteger(inner) && length === outer * inner * batch;
    return whole ? [{ axis, outer, inner }] : [];
  });
  const rank = ({ outer, inner }: BatchPosition) =>
    outer * inner === 1 ? 0 : outer === 1 ? 1 : inner === 1 ? 2 : 3;
  return found
    .toSorted((p, q) => rank(p) - rank(q))
    .map((to) => ({
      position: to,
      write: (edit) => {
        const target = int64(output.map((length, axis) => (axis === to.axis ? -1 : length)));
        return changed(node, {
          op: 'Reshape',
          inputs: [node.inputs[0]!, edit.constant(target)],
          attributes: { axis: undefined, allowzero: undefined },
        });
      },
    }));
};
