import { int, intOf, intsOf, stringOf } from '../../attributes.js';
import { type ByOperator, entryOf, is } from '../../catalogue/index.js';
import { int64, numbers } from '../../elements.js';
import type { Node } from '../../graph.js';
import { changed } from '../../rewrite.js';
import { axisOf } from '../../shapes.js';
import * as indexed from './indexed.js';
import * as layout from './layout.js';

import {
  type BatchPosition,
  isSame,
  isWhole,
  openedConstant,
  type Reader,
  type Reading,
  type Situation,
  same,
  withOpened,
} from './position.js';
import { scaledBySample } from './scales.js';

/** All readings of a node, most likely first; none where the batch cannot pass through the node. */
export function readingsOf(situation: Situation): readonly Reading[] {
  return readerOf(situation.node)?.(situation) ?? [];
}

function readerOf(node: Node): Reader | undefined {
  const own = entryOf(readers, node);
  if (own) return own;
  if (is(node, 'pointwise')) return aligned;
  if (is(node, 'channels')) return batchFirst;
  return is(node, 'reduces') ? reduction : undefined;
}

/** Elementwise operators: inputs are aligned at their last axes. */
const aligned: Reader = (situation) => {
  const { node, positions, inputs, output } = situation;
  const moved = positions.flatMap((position, i) =>
    position ? [{ ...position, axis: position.axis + output.length - inputs[i]!.length }] : [],
  );
  const [first, ...rest] = moved;
  if (!first || rest.some((p) => !isSame(p, first))) return [];
  const axisIn = (i: number) => first.axis - (output.length - inputs[i]!.length);
  const at = positions.findIndex((position) => position !== undefined);
  const held = { value: node.inputs[at]!, axis: positions[at]!.axis };
  const opened = inputs.map((_, i) =>
    positions[i] ? undefined : openedConstant(situation, i, axisIn(i), first, held),
  );
  // Inputs without the batch must be broadcast along it.
  return inputs.every((_, i) => positions[i] || opened[i]) ? withOpened(first, node, opened) : [];
};

/** The output has the axes of the first input; only scales and zero points of each sample hold the batch. */
const quantising: Reader = ({ node, positions: [x, ...others], inputs, output }) => {
  if (!x) return [];
  // The one scale of a fixed batch is opened to one for each place along the axis that holds the batch.
  if (others[0] && inputs[1]!.length === 0 && isSame(others[0], x))
    return [{ position: x, write: () => changed(node, { attributes: { axis: int(x.axis) } }) }];
  const isOwn = x.axis === axisOf(intOf(node, 'axis', 1), output.length) && isWhole(x);
  return others.every((position) => !position || (isOwn && isWhole(position))) ? same(x, node) : [];
};

/** Operators over `[batch, channel, ...]`. */
const batchFirst: Reader = ({ node, positions: [x, ...others] }) =>
  x?.axis === 0 && !others.some(Boolean) ? same(x, node) : [];

const resize: Reader = (situation) => {
  const { node, known, output } = situation;
  const sizes = node.inputs[3];
  if (batchFirst(situation).length === 0) return [];
  const position = situation.positions[0]!;
  if (!sizes) return same(position, node);
  const axes = intsOf(node, 'axes') ?? output.map((_, axis) => axis);
  const given = known(sizes);
  if (!given) return [];
  const kept = axes.flatMap((axis, i) => (axisOf(axis, output.length) === 0 ? [] : [i]));
  return [
    {
      position,
      write: (edit) =>
        changed(node, {
          inputs: [...node.inputs.slice(0, 3), edit.constant(int64(kept.map((i) => numbers(given)[i]!)))],
          attributes: { axes: { kind: 'ints', value: kept.map((i) => axes[i]!) } },
        }),
    },
  ];
};

/** Operators that combine elements along some axes. The batch must not be one of these. */
const along =
  (axesOf: (situation: Situation) => readonly number[]): Reader =>
  (situation) => {
    const { node, positions, inputs } = situation;
    const [position, ...others] = positions;
    if (!position || others.some(Boolean)) return [];
    const axes = axesOf(situation).map((axis) => axisOf(axis, inputs[0]!.length));
    return axes.includes(position.axis) ? [] : same(position, node);
  };

const oneAxis = (otherwise: number) => along(({ node }) => [intOf(node, 'axis', otherwise)]);

const fromAxis = along(({ node, inputs }) => {
  const rank = inputs[0]!.length;
  const first = axisOf(intOf(node, 'axis', -1), rank);
  return Array.from({ length: rank - first }, (_, i) => first + i);
});

const reduction: Reader = ({ node, positions: [position, ...others], inputs, known }) => {
  if (!position || others.some(Boolean)) return [];
  const rank = inputs[0]!.length;
  const given = node.inputs[1] ? known(node.inputs[1]) : undefined;
  if (node.inputs[1] && !given) return [];
  const all = inputs[0]!.map((_, axis) => axis);
  const listed = given && given.data.length > 0 ? numbers(given).map((axis) => axisOf(axis, rank)) : all;
  const axes = is(node, 'makes', 'int64') ? [axisOf(intOf(node, 'axis', 0), rank)] : listed;
  if (axes.includes(position.axis)) return overParts(node, position, inputs[0]!, axes);
  const before = intOf(node, 'keepdims', 1) ? 0 : axes.filter((axis) => axis < position.axis).length;
  return same({ ...position, axis: position.axis - before }, node);
};

/** A reduction of the parts of each sample, which are folded into the batch: these get axes of their own. */
function overParts(
  node: Node,
  { axis, outer, inner }: BatchPosition,
  dims: readonly number[],
  axes: readonly number[],
): readonly Reading[] {
  if (outer * inner === 1 || is(node, 'makes', 'int64') || !intOf(node, 'keepdims', 1)) return [];
  const moved = axes.flatMap((at) => (at === axis ? [axis, axis + 2] : at > axis ? at + 2 : at));
  const kept = dims.map((length, at) => (at === axis ? -1 : axes.includes(at) ? 1 : length));
  return [
    {
      position: { axis, outer: 1, inner: 1 },
      write(edit) {
        const [apart, one] = [edit.fresh('parts'), edit.fresh('whole')];
        const shaped = (value: string, shape: readonly number[], made: string) =>
          edit.node('Reshape', [value, edit.constant(int64(shape))], made);
        return [
          shaped(node.inputs[0]!, dims.toSpliced(axis, 1, outer, -1, inner), apart),
          changed(node, { inputs: [apart, edit.constant(int64(moved))], outputs: [one] }),
          shaped(one, kept, node.outputs[0]!),
        ];
      },
    },
  ];
}

const matMul: Reader = (situation) => {
  const { node, positions, inputs, output } = situation;
  const [a, b] = positions;
  const [ra, rb] = [inputs[0]!.length, inputs[1]!.length];
  if (rb === 1 && a && !b) return a.axis === ra - 1 ? [] : same(a, node);
  if (ra < 2 || rb < 2) return [];
  if (a?.axis === ra - 1 || (b && b.axis === rb - 2)) return [];
  const moved = [
    a && { ...a, axis: a.axis + output.length - ra },
    b && { ...b, axis: b.axis + output.length - rb },
  ];
  const [first, second] = moved.filter((p) => p !== undefined);
  if (second && !isSame(first!, second)) return [];
  if (second && first!.axis >= output.length - 2) return [];
  const other = a ? 1 : 0;
  const own = first!.axis - output.length + inputs[other]!.length;
  if (second || first!.axis >= output.length - 2) return same(first!, node);
  const held = a ? { value: node.inputs[0]!, axis: a.axis } : { value: node.inputs[1]!, axis: b!.axis };
  const opened = openedConstant(situation, other, own, first!, held);
  return opened ? withOpened(first!, node, a ? [undefined, opened] : [opened]) : [];
};

const gemm: Reader = ({ node, positions: [a, b, c] }) => {
  if (c || (a && b)) return [];
  if (a) return a.axis === intOf(node, 'transA', 0) ? same({ ...a, axis: 0 }, node) : [];
  return b!.axis === 1 - intOf(node, 'transB', 0) ? same({ ...b!, axis: 1 }, node) : [];
};

/** The letters of axes that an equation leaves to dots, the last of them last. */
const dotted = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];

const einsum: Reader = ({ node, positions, inputs, output }) => {
  const [left = '', right = ''] = stringOf(node, 'equation', '').replaceAll(' ', '').split('->');
  const free = dotted.filter((letter) => !left.includes(letter)).join('');
  const spelled = (term: string, rank = 0) => {
    const count = rank - term.replace('...', '').length;
    return term.replace('...', count > 0 ? free.slice(-count) : '');
  };
  const terms = left.split(',').map((term, i) => spelled(term, inputs[i]?.length));
  const letters = positions.flatMap((position, i) => (position ? [terms[i]![position.axis]!] : []));
  const [letter] = letters;
  const [position] = positions.filter((p) => p !== undefined);
  const axis = spelled(right, output.length).indexOf(letter!);
  const isOne = (term: string, i: number) =>
    inputs[i]!.length === 0 || (left.includes('.') && inputs[i]![term.indexOf(letter!)] === 1);
  const alone = terms.every((term, i) => positions[i] || !term.includes(letter!) || isOne(term, i));
  return axis >= 0 && alone && letters.every((l) => l === letter) ? same({ ...position!, axis }, node) : [];
};

/** Operators with a batch reader of their own. */
const readers: Partial<ByOperator<Reader>> = {
  DequantizeLinear: quantising,
  QuantizeLinear: quantising,
  Concat: layout.concat,
  CumSum: along(({ node, known }) => (known(node.inputs[1]) ? numbers(known(node.inputs[1])!) : [0])),
  DynamicQuantizeLinear: scaledBySample,
  Einsum: einsum,
  Expand: layout.expand,
  Flatten: layout.reshape,
  Gather: indexed.gather,
  GatherElements: indexed.elements,
  GatherND: indexed.gatherND,
  Gemm: gemm,
  GridSample: layout.sampled,
  Hardmax: oneAxis(-1),
  LayerNormalization: fromAxis,
  LogSoftmax: oneAxis(-1),
  LpNormalization: oneAxis(-1),
  MatMul: matMul,
  Pad: layout.padded,
  Reshape: layout.reshape,
  Resize: resize,
  ScatterElements: indexed.elements,
  ScatterND: indexed.scatterND,
  Slice: layout.sliced,
  Softmax: oneAxis(-1),
  Split: oneAxis(0),
  Squeeze: layout.squeeze,
  Tile: layout.tile,
  TopK: oneAxis(-1),
  Transpose: layout.transpose,
  Trilu: along(() => [-2, -1]),
  Unsqueeze: layout.unsqueeze,
};
