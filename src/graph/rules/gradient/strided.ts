import { int, ints, string } from '../../attributes.js';
import type { Walk } from '../../backward.js';
import { int64 } from '../../elements.js';
import type { Cut } from '../../formula.js';
import type { Node } from '../../graph.js';
import { groupsOf, type WindowAxis } from '../window.js';
import { fromPhases } from './phases.js';

/** The number of channels in a block of the nchwc layout; fewer channels cost as much as a block. */
const BLOCK = 16;

/**
 * The taps k of one phase r: dx[s q + r] = sum of dy[q + offset] W[k], with consecutive offsets from `least`.
 */
interface Phase {
  readonly first: number;
  readonly count: number;
  readonly least: number;
}

/**
 * dx[s q + r] = sum over the taps k = r + p (mod s) of dy[q + (r + p - k) / s] W[k]: each phase r of the
 * positions is a stride-1 convolution with its own taps. DepthToSpace interleaves the phases. Takes
 * convolutions of one group, and those by channel with a tap for every phase.
 */
export function stridedInputGradient(
  node: Node,
  dy: string,
  axes: readonly WindowAxis[],
  walk: Walk,
): string {
  const { concat, emit, slice } = walk;
  const w = node.inputs[1]!;
  const groups = groupsOf(node);
  const inputs = groups * walk.shape(w).dims[1]!;
  const s = axes[0]!.stride;
  const apart = groups === 1 && inputs * s * s <= BLOCK ? fromPhases(walk, dy, w, axes) : undefined;
  if (apart) return apart;
  const [down, across] = axes.map((a) => Array.from({ length: s }, (_, r) => phaseOf(a, r))) as [
    Phase[],
    Phase[],
  ];
  const pairs = down.flatMap((v) => across.map((h) => [v, h] as const));
  const some = pairs.filter((pair) => pair.every(({ count }) => count > 0));
  const lengths = axes.map((a) => Math.ceil(a.input / s));
  const each = (pair: readonly [Phase, Phase]) =>
    convolve(walk, dy, ownTaps(walk, w, pair, s, groups), pair, axes, lengths, groups);
  let channels: string;
  if (some.length === 1)
    channels = amongNothing(walk, each(some[0]!), pairs.indexOf(some[0]!), pairs.length, inputs);
  else if (some.length === pairs.length && (groups > 1 || inputs >= BLOCK)) {
    channels = concat(pairs.map(each), 1);
  } else {
    const union = [unionOf(down), unionOf(across)] as const;
    channels = convolve(walk, dy, allTaps(walk, w, union, axes, s), union, axes, lengths, 1);
  }
  const interleaved = emit('DepthToSpace', [channels], { blocksize: int(s), mode: string('DCR') });
  return slice(
    interleaved,
    axes.flatMap((a, i) =>
      lengths[i]! * s === a.input ? [] : [{ axis: i + 2, start: 0, end: a.input, step: 1 }],
    ),
  );
}

function phaseOf({ kernel, stride, padBegin }: WindowAxis, r: number): Phase {
  const first = (r + padBegin) % stride;
  const count = Math.max(0, Math.ceil((kernel - first) / stride));
  return { first, count, least: (r + padBegin - first) / stride - (count - 1) };
}

/** One phase that spans the offsets of all `phases`. */
function unionOf(phases: readonly Phase[]): Phase {
  const taken = phases.filter(({ count }) => count > 0);
  const least = Math.min(...taken.map((p) => p.least));
  const most = Math.max(...taken.map((p) => p.least + p.count - 1));
  return { first: 0, count: most - least + 1, least };
}

/** The kernel `[C, O / groups, ..]` of one phase, its taps in the order of their offsets. */
function ownTaps(
  { slice, shape, transpose }: Walk,
  w: string,
  pair: readonly [Phase, Phase],
  s: number,
  groups: number,
): string {
  const own = slice(
    w,
    pair.map(({ first, count }, i): Cut => {
      const kernel = shape(w).dims[i + 2]!;
      // Slice counts a negative end from the end of the axis: the position before the first is -kernel - 1.
      const end = first - s < 0 ? -kernel - 1 : first - s;
      return { axis: i + 2, start: first + (count - 1) * s, end, step: -s };
    }),
  );
  return groups === 1 ? transpose(own, [1, 0, 2, 3]) : own;
}

/**
 * The kernel `[s s C, O, ..]` of all phases over the union of their offsets; zero where a phase has no tap.
 */
function allTaps(
  walk: Walk,
  w: string,
  union: readonly [Phase, Phase],
  axes: readonly WindowAxis[],
  s: number,
): string {
  const { slice, emit, reshape, transpose } = walk;
  const [outputs, inputs] = walk.shape(w).dims as [number, number, number, number];
  const turned = slice(
    w,
    axes.map((a, i) => ({ axis: i + 2, start: a.kernel - 1, end: -a.kernel - 1, step: -1 })),
  );
  // The tap of phase r at offset j has index s j + (s - 1 - r) in the flipped and padded kernel.
  const front = axes.map((a, i) => a.padBegin - s * union[i]!.least + s - a.kernel);
  const behind = axes.map((a, i) => s * union[i]!.count - a.kernel - front[i]!);
  const padded = emit('Pad', [turned, walk.constant(int64([0, 0, ...front, 0, 0, ...behind]))]);
  const shape = [outputs, inputs, union[0].count, s, union[1].count, s];
  const split = reshape(padded, shape);
  const ordered = slice(split, [
    { axis: 3, start: s - 1, end: -s - 1, step: -1 },
    { axis: 5, start: s - 1, end: -s - 1, step: -1 },
  ]);
  const stacked = transpose(ordered, [3, 5, 1, 0, 2, 4]);
  const kernel = [s * s * inputs, outputs, union[0].count, union[1].count];
  return reshape(stacked, kernel);
}

/** out[q] = sum over j of dy[q + least + j] kernel[j] for q below `lengths`. */
function convolve(
  { slice, emit }: Walk,
  dy: string,
  kernel: string,
  pair: readonly [Phase, Phase],
  axes: readonly WindowAxis[],
  lengths: readonly number[],
  groups: number,
): string {
  const begin = pair.map(({ least }) => -least);
  const end = pair.map(({ count }, i) => lengths[i]! - axes[i]!.output - begin[i]! + count - 1);
  const seen = slice(
    dy,
    axes.flatMap((a, i) =>
      begin[i]! < 0 || end[i]! < 0
        ? [{ axis: i + 2, start: Math.max(0, -begin[i]!), end: a.output + Math.min(0, end[i]!), step: 1 }]
        : [],
    ),
  );
  return emit('Conv', [seen, kernel], {
    group: int(groups),
    kernel_shape: ints(pair.map(({ count }) => count)),
    pads: ints([...begin, ...end].map((p) => Math.max(0, p))),
    strides: ints([1, 1]),
  });
}

/** The channels of one phase among those of all phases, which are zero. */
function amongNothing(walk: Walk, part: string, index: number, count: number, channels: number): string {
  const pads = [0, index * channels, 0, 0, 0, (count - 1 - index) * channels, 0, 0];
  return walk.emit('Pad', [part, walk.constant(int64(pads))]);
}
