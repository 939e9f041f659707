import { int, intOf, intsOf, string, stringOf } from '../../attributes.js';
import type { Rule, Walk } from '../../backward.js';
import { float32, int64, scalar } from '../../elements.js';
import type { Node } from '../../graph.js';
import { taps, type WindowAxis, windowOf } from '../window.js';

/**
 * dx goes to the first position of the maximum in each window: each tap in turn takes dy where its value is
 * the maximum and no earlier tap took it.
 */
export const MaxPool: Rule = (node, [dy], walk) => {
  const { equal, slice, where } = walk;
  const [x] = node.inputs as [string];
  const y = node.outputs[0]!;
  const axes = windowOf(node, walk, intsOf(node, 'kernel_shape')!);
  const padded = pad(walk, x, axes, Number.NEGATIVE_INFINITY);
  let left = dy!;
  const zero = walk.constant(scalar(0));
  const parts = taps(axes.map((a) => a.kernel)).map((tap) => {
    const wins = equal(slice(padded, cuts(axes, tap)), y);
    const part = where(wins, left, zero);
    left = where(wins, zero, left);
    return { tap, part };
  });
  return [scatter(walk, parts, axes)];
};

/** dx = sum over the windows that cover a position of dy / (number of positions counted in the window) */
export const AveragePool: Rule = (node, [dy], walk) => {
  const axes = windowOf(node, walk, intsOf(node, 'kernel_shape')!);
  return [overWindows(node, walk.div(dy!, walk.constant(counts(node, axes))), walk)];
};

/** For each position, the sum of `value` over the windows that cover it. */
export function overWindows(node: Node, value: string, walk: Walk): string {
  const axes = windowOf(node, walk, intsOf(node, 'kernel_shape')!);
  const parts = taps(axes.map((a) => a.kernel)).map((tap) => ({ tap, part: value }));
  return scatter(walk, parts, axes);
}

export const GlobalAveragePool: Rule = (node, [dy], { shape, mul, emit, shapeOf }) => {
  const x = node.inputs[0]!;
  const positions = shape(x)
    .dims.slice(2)
    .reduce((n, length) => n * length, 1);
  const shared = mul(dy!, 1 / positions);
  return [emit('Expand', [shared, shapeOf(x)])];
};

/** dx goes to the first position of the maximum. Positions are floats: WebGPU does not compare integers. */
export const GlobalMaxPool: Rule = (node, [dy], { shape, reshape, reduce, constant, equal, where }) => {
  const x = node.inputs[0]!;
  const { dims } = shape(x);
  const count = dims.slice(2).reduce((n, length) => n * length, 1);
  const flat = (value: string) => reshape(value, [0, 0, -1]);
  const places = constant(float32(Array.from({ length: count }, (_, i) => -i)));
  const greatest = equal(flat(x), flat(node.outputs[0]!));
  const first = reduce('ReduceMax', where(greatest, places, -count), [2]);
  const wins = equal(places, first);
  const spread = where(wins, flat(dy!), 0);
  return [reshape(spread, [-1, ...dims.slice(1)])];
};

/**
 * Adds the part of each tap at the positions it was read from. A position is s q + r in padded coordinates:
 * the parts of each phase r are summed at q, then the phases are interleaved.
 */
function scatter(
  walk: Walk,
  parts: readonly { readonly tap: readonly number[]; readonly part: string }[],
  axes: readonly WindowAxis[],
): string {
  const { emit, sumOf, slice } = walk;
  const stride = axes.map((a) => a.stride);
  const length = axes.map((a) => Math.ceil(Math.max(reach(a), a.padBegin + a.input) / a.stride));
  const phases = taps(stride).map((phase) => {
    const own = parts.flatMap(({ tap, part }) => {
      const at = tap.map((k, i) => k * axes[i]!.dilation);
      if (at.some((u, i) => u % stride[i]! !== phase[i]!)) return [];
      const before = at.map((u, i) => Math.floor(u / stride[i]!));
      const after = axes.map((a, i) => length[i]! - a.output - before[i]!);
      const none = [...before, ...after].every((p) => p === 0);
      return [none ? part : emit('Pad', [part, walk.constant(int64([0, 0, ...before, 0, 0, ...after]))])];
    });
    return own.length === 0 ? undefined : sumOf(own);
  });
  const whole = interleave(walk, phases, axes);
  return slice(
    whole,
    axes.flatMap((a, i) =>
      a.padBegin === 0 && length[i]! * a.stride === a.input
        ? []
        : [{ axis: i + 2, start: a.padBegin, end: a.padBegin + a.input, step: 1 }],
    ),
  );
}

/** Phase (r0, r1, ..) of position q becomes position s q + r. */
function interleave(
  { mul, concat, emit, constant, reshape }: Walk,
  phases: readonly (string | undefined)[],
  axes: readonly WindowAxis[],
): string {
  const some = phases.find((p) => p !== undefined)!;
  const filled = phases.map((p) => p ?? mul(some, 0));
  if (filled.length === 1) return filled[0]!;
  const stride = axes[0]!.stride;
  if (axes.length === 2 && axes[1]!.stride === stride) {
    const channels = concat(filled, 1);
    return emit('DepthToSpace', [channels], { blocksize: int(stride), mode: string('DCR') });
  }
  // Joins the phases [.., q, ..] axis by axis from the last: stacks them behind the axis, then merges the
  // two.
  let joined = filled;
  for (let axis = axes.length - 1; axis >= 0; axis--) {
    const s = axes[axis]!.stride;
    const next: string[] = [];
    for (let i = 0; i < joined.length; i += s) {
      const behind = constant(int64([axis + 3]));
      const group = joined.slice(i, i + s).map((p) => emit('Unsqueeze', [p, behind]));
      const stacked = s === 1 ? group[0]! : concat(group, axis + 3);
      const shape = Array.from({ length: axes.length + 2 }, (_, d) => (d === axis + 2 ? -1 : 0));
      const lead = shape.slice(0, axis + 2);
      const rest = axes
        .slice(axis + 1)
        .map((a) => Math.ceil(Math.max(reach(a), a.padBegin + a.input) / a.stride) * a.stride);
      next.push(reshape(stacked, [...lead, -1, ...rest]));
    }
    joined = next;
  }
  return joined[0]!;
}

const reach = (a: WindowAxis) => (a.output - 1) * a.stride + a.dilation * (a.kernel - 1) + 1;

function cuts(axes: readonly WindowAxis[], tap: readonly number[]) {
  return axes.map((a, i) => {
    const start = tap[i]! * a.dilation;
    return { axis: i + 2, start, end: start + (a.output - 1) * a.stride + 1, step: a.stride };
  });
}

function pad(walk: Walk, x: string, axes: readonly WindowAxis[], value: number): string {
  const begin = axes.map((a) => a.padBegin);
  const end = axes.map((a) => Math.max(0, a.padEnd));
  if ([...begin, ...end].every((p) => p === 0)) return x;
  return walk.emit('Pad', [
    x,
    walk.constant(int64([0, 0, ...begin, 0, 0, ...end])),
    walk.constant(scalar(value)),
  ]);
}

/** The number of positions that each window's mean counts: `[1, 1, ...output]`. */
function counts(node: Node, axes: readonly WindowAxis[]) {
  const withPadding = intOf(node, 'count_include_pad', 0) === 1;
  const declared = intsOf(node, 'pads');
  const auto = stringOf(node, 'auto_pad', 'NOTSET').startsWith('SAME');
  const perAxis = axes.map((a, axis) => {
    const declaredEnd = declared?.[axis + axes.length] ?? (auto ? Math.max(0, a.padEnd) : 0);
    const behind = withPadding ? declaredEnd : 0;
    const first = withPadding ? -a.padBegin : 0;
    return Array.from(
      { length: a.output },
      (_, i) =>
        Array.from({ length: a.kernel }, (_, k) => i * a.stride + k * a.dilation - a.padBegin).filter(
          (u) => u >= first && u < a.input + behind,
        ).length,
    );
  });
  const product = perAxis.reduce<number[]>((all, axis) => all.flatMap((n) => axis.map((m) => n * m)), [1]);
  return float32(product, [1, 1, ...axes.map((a) => a.output)]);
}
