import { int } from '../../attributes.js';
import type { Walk } from '../../backward.js';
import { int64 } from '../../elements.js';
import type { Node } from '../../graph.js';
import { range } from '../../shapes.js';
import { groupsOf, taps, type WindowAxis, windowOf } from '../window.js';

/** The arguments of every form of the filter gradient. */
interface Filter {
  readonly walk: Walk;
  readonly x: string;
  readonly dy: string;
  readonly outputs: number;
  /** Input channels of one group. */
  readonly inputs: number;
  readonly groups: number;
  readonly axes: readonly WindowAxis[];
}

/** With fewer input channels, a matrix product per tap is too narrow. */
export const fewChannels = 8;

/**
 * With at least so many pixels along each axis, one sample is large enough for an efficient matrix product.
 */
const largeImage = 24;

/**
 * dW[o, c, k] = sum over samples and positions i of dy[o, i] x[c, s i + d k - p], in the form that suits its
 * geometry.
 */
export function filterGradient(node: Node, dy: string, walk: Walk): string {
  const { reshapeLike, transpose } = walk;
  const [x, w] = node.inputs as [string, string];
  const [outputs, inputs, ...kernel] = walk.shape(w).dims as [number, number, ...number[]];
  const filter = { walk, x, dy, outputs, inputs, groups: groupsOf(node), axes: windowOf(node, walk, kernel) };
  const byTap =
    kernel.length !== 2 || filter.groups > 1
      ? tapByTap(filter)
      : inputs < fewChannels
        ? patches(filter)
        : filter.axes.every((a) => a.stride === 1 && a.input >= largeImage)
          ? movedApart(filter)
          : rowsByColumns(filter);
  // [taps, O C] to [O C, taps]. With a known shape ONNX Runtime would make one transposition of many axes,
  // which takes four times as long.
  return reshapeLike(transpose(byTap, [1, 0]), w);
}

/**
 * One matrix product per sample and kernel column: dy is repeated for each kernel row and shifted by it, x is
 * shifted by the column. Copies the least for large images. Stride 1 only.
 */
function movedApart({ walk, x, dy, outputs, inputs, axes }: Filter): string {
  const [rows, columns] = axes as [WindowAxis, WindowAxis];
  const positions = rows.input * columns.output;
  const gradients = walk.reshape(movedByRows(walk, dy, outputs, rows, columns.output), [
    -1,
    rows.kernel * outputs,
    positions,
  ]);
  const products = range(columns.kernel).map((tap) => {
    const before = columns.padBegin - tap * columns.dilation;
    const part = pad(walk, x, 3, before, columns.output - columns.input - before, 4);
    const seen = walk.transpose(walk.reshape(part, [-1, inputs, positions]), [0, 2, 1]);
    const product = walk.matMul(gradients, seen);
    const summed = walk.reduce('ReduceSum', product, [0], { keepdims: int(0) });
    return walk.reshape(summed, [rows.kernel, 1, outputs * inputs]);
  });
  return walk.reshape(walk.concat(products, 1), [rows.kernel * columns.kernel, outputs * inputs]);
}

/** dy `[N, O, H', W']` repeated for each kernel row and shifted by it: `[N, kh O H, W']`. */
function movedByRows(walk: Walk, dy: string, outputs: number, rows: WindowAxis, width: number): string {
  const moves = range(rows.kernel).map((tap) => tap * rows.dilation - rows.padBegin);
  const before = Math.max(0, ...moves);
  const behind = Math.max(0, ...moves.map((by) => rows.input - rows.output - by));
  if (moves.length === 1 && before === 0 && behind === 0) return dy;
  const length = before + rows.output + behind;
  const places = moves.flatMap((by) =>
    range(outputs).flatMap((o) => range(rows.input).map((row) => o * length + row - by + before)),
  );
  const padded = walk.reshape(pad(walk, dy, 2, before, behind, 4), [-1, outputs * length, width]);
  return walk.emit('Gather', [padded, walk.constant(int64(places))], { axis: int(1) });
}

/**
 * dW[i, j] = sum over samples and input rows u of dy[u - i] x[u, s v + d j - p]: one matrix product per
 * kernel column j, with dy repeated for each kernel row i and shifted by it. With a stride s the rows fall
 * into phases, u = s q + r. Shifting both sides copies much less than shifting one side for each tap.
 */
function rowsByColumns({ walk, x, dy, outputs, inputs, axes }: Filter): string {
  const [rows, columns] = axes as [WindowAxis, WindowAxis];
  const { stride } = rows;
  const last = walk.transpose(x, [0, 2, 3, 1]); // [N, H, W, C]
  const first = walk.transpose(dy, [1, 0, 2, 3]); // [O, N, H', W']
  const moves = range(rows.kernel).map((tap) => {
    const from = tap * rows.dilation - rows.padBegin;
    const phase = ((from % stride) + stride) % stride;
    return { tap, phase, by: (from - phase) / stride };
  });
  const phases = range(stride).filter((phase) => moves.some((move) => move.phase === phase));
  const products = phases.map((phase) => {
    const length = Math.ceil((rows.input - phase) / stride);
    const own = moves.filter((move) => move.phase === phase);
    const moved = own.map(({ by }) => pad(walk, first, 2, by, length - rows.output - by, 4));
    const gradients = walk.reshape(walk.concat(moved, 0), [own.length * outputs, -1]);
    const byColumn = range(columns.kernel).map((tap) => {
      const seen = columnOf(walk, last, columns, tap, { phase, stride, length: rows.input });
      const product = walk.matMul(gradients, walk.reshape(seen, [-1, inputs]));
      return walk.reshape(product, [own.length, 1, outputs * inputs]);
    });
    return walk.concat(byColumn, 1);
  });
  const joined = walk.concat(products, 0);
  const order = phases.flatMap((phase) => moves.filter((move) => move.phase === phase).map(({ tap }) => tap));
  const sorted = order.every((tap, at) => tap === at)
    ? joined
    : walk.emit(
        'Gather',
        [joined, walk.constant(int64(range(rows.kernel).map((tap) => order.indexOf(tap))))],
        {
          axis: int(0),
        },
      );
  return walk.reshape(sorted, [rows.kernel * columns.kernel, outputs * inputs]);
}

/** The columns of `[N, H, W, C]` that one tap reads, in the rows of one phase. */
function columnOf(
  walk: Walk,
  x: string,
  { input, output, dilation, stride, padBegin, padEnd }: WindowAxis,
  tap: number,
  rows: { readonly phase: number; readonly stride: number; readonly length: number },
): string {
  const { slice } = walk;
  const every =
    rows.stride === 1 ? [] : [{ axis: 1, start: rows.phase, end: rows.length, step: rows.stride }];
  const start = tap * dilation;
  if (stride === 1) {
    const before = padBegin - start;
    return slice(pad(walk, x, 2, before, output - input - before, 4), every);
  }
  const padded = pad(walk, x, 2, padBegin, Math.max(0, padEnd), 4);
  return slice(padded, [...every, { axis: 2, start, end: start + (output - 1) * stride + 1, step: stride }]);
}

/** One matrix product of dy with the patches that the kernel reads (im2col). */
function patches({ walk, x, dy, outputs, inputs, axes }: Filter): string {
  const [rows, columns] = axes as [WindowAxis, WindowAxis];
  const last = walk.transpose(x, [0, 2, 3, 1]);
  const padded = pad(walk, last, 1, rows.padBegin, Math.max(0, rows.padEnd), 4);
  const along = (value: string, axis: number, { kernel, dilation, output, stride }: WindowAxis) =>
    range(kernel).map((tap) => {
      const start = tap * dilation;
      return walk.slice(value, [{ axis, start, end: start + (output - 1) * stride + 1, step: stride }]);
    });
  const sideways = pad(walk, padded, 2, columns.padBegin, Math.max(0, columns.padEnd), 4);
  const wide = walk.concat(along(sideways, 2, columns), 3); // [N, H, W', kw C]
  const all = walk.concat(along(wide, 1, rows), 3); // [N, H', W', kh kw C]
  const count = rows.kernel * columns.kernel;
  const positions = rows.output * columns.output;
  const each = walk.matMul(
    walk.reshape(dy, [-1, outputs, positions]),
    walk.reshape(all, [-1, positions, count * inputs]),
  );
  const product = walk.reduce('ReduceSum', each, [0], { keepdims: int(0) }); // [O, taps C]
  const split = walk.reshape(product, [outputs, count, inputs]);
  return walk.reshape(walk.transpose(split, [1, 0, 2]), [count, outputs * inputs]);
}

/** One matrix product per tap, of dy with the shifted input; for any rank and number of groups. */
function tapByTap({ walk, x, dy, outputs, inputs, groups, axes }: Filter): string {
  const padded = axes.reduce(
    (value, a, i) => pad(walk, value, i + 2, a.padBegin, Math.max(0, a.padEnd), axes.length + 2),
    x,
  );
  const positions = axes.reduce((n, a) => n * a.output, 1);
  const flat = (value: string, channels: number) =>
    walk.reshape(value, [-1, groups, channels / groups, positions]);
  const gradients = flat(dy, outputs);
  const products = taps(axes.map((a) => a.kernel)).map((tap) => {
    const seen = walk.slice(
      padded,
      axes.map((a, i) => {
        const start = tap[i]! * a.dilation;
        return { axis: i + 2, start, end: start + (a.output - 1) * a.stride + 1, step: a.stride };
      }),
    );
    const turned = walk.transpose(flat(seen, inputs * groups), [0, 1, 3, 2]);
    const product = walk.matMul(gradients, turned); // [N, g, O/g, C/g]
    const summed = walk.reduce('ReduceSum', product, [0], { keepdims: int(0) });
    return walk.reshape(summed, [1, outputs * inputs]);
  });
  return walk.concat(products, 0);
}

/** Zero padding along one axis; negative amounts crop. */
function pad(walk: Walk, value: string, axis: number, before: number, after: number, rank: number): string {
  if (before === 0 && after === 0) return value;
  const at = (amount: number) => range(rank).map((i) => (i === axis ? amount : 0));
  return walk.emit('Pad', [value, walk.constant(int64([...at(before), ...at(after)]))]);
}
