import { intOf, intsOf } from '../../../graph/attributes.js';
import { windowAxis } from '../../../graph/axes.js';
import { numbers } from '../../../graph/elements.js';
import type { Constant, Node } from '../../../graph/graph.js';
import { axisOf, range } from '../../../graph/shapes.js';
import { blank, middleOf, type Track } from './track.js';

/** One axis through one node: where it lies in the node's input and output. */
export interface Passage {
  readonly node: Node;
  /** The tracks of the node's inputs along the axis; none for one that does not have it. */
  readonly tracks: readonly (Track | undefined)[];
  /** The axis in the inputs that have it. */
  readonly from: number;
  /** The number of axes of these inputs. */
  readonly rank: number;
  /** The length of the output along the axis, and of each input. */
  readonly length: number;
  readonly lengths: readonly number[];
  /** The node's output, by its place. */
  readonly place: number;
  known(value: string | undefined): Constant | undefined;
}

/** Whether a node may cut, pad, join or turn positions around. */
export const mayMove = ({ op }: Node): boolean => moves[op] !== undefined;

/** The track of what cuts, pads, joins or turns positions around along an axis; else undefined. */
export const movedAlong = (passage: Passage): Track | undefined =>
  moves[passage.node.op]?.(passage, passage.tracks.find((track) => track !== undefined)!);

type Move = (passage: Passage, track: Track) => Track | undefined;

const moves: Readonly<Record<string, Move>> = {
  Slice({ node, from, rank, known, length }, track) {
    const given = (input: number, attribute: string) => {
      const value = known(node.inputs[input]);
      return value ? [...numbers(value)] : intsOf(node, attribute);
    };
    const [starts, ends] = [given(1, 'starts'), given(2, 'ends')];
    const at = (given(3, 'axes') ?? starts?.map((_, i) => i))?.findIndex((a) => axisOf(a, rank) === from);
    if (starts === undefined || at === undefined || at < 0) return undefined;
    const step = given(4, 'steps')?.[at] ?? 1;
    if (ends === undefined) {
      const first = Math.min(axisOf(starts[at]!, track.length), track.length - 1);
      return Array.from({ length }, (_, i) => track[first + i * step]);
    }
    const place = (i: number) => (i < 0 ? i + track.length : i);
    const cut: (number | undefined)[] = [];
    if (step > 0)
      for (let i = Math.max(0, place(starts[at]!)); i < Math.min(place(ends[at]!), track.length); i += step)
        cut.push(track[i]);
    else
      for (
        let i = Math.min(place(starts[at]!), track.length - 1);
        i > Math.max(place(ends[at]!), -1);
        i += step
      )
        cut.push(track[i]);
    return cut;
  },
  Split({ node, from, rank, place, lengths, known, length }, track) {
    if (axisOf(intOf(node, 'axis', 0), rank) !== from) return undefined;
    const given = known(node.inputs[1]);
    const sizes = given ? [...numbers(given)] : intsOf(node, 'split');
    const each = sizes ?? Array(node.outputs.length).fill(Math.ceil(lengths[0]! / node.outputs.length));
    const first = each.slice(0, place).reduce((a, b) => a + b, 0);
    return track.slice(first, first + length);
  },
  Pad({ node, from, rank, known }, track) {
    const given = known(node.inputs[1]);
    const pads = given ? [...numbers(given)] : (intsOf(node, 'pads') ?? []);
    const listed = known(node.inputs[3]);
    const axes = listed ? [...numbers(listed)].map((a) => axisOf(a, rank)) : pads.map((_, i) => i);
    const at = axes.slice(0, pads.length / 2).indexOf(from);
    if (at < 0) return undefined;
    const [before, after] = [pads[at]!, pads[at + pads.length / 2]!];
    const kept = track.slice(Math.max(0, -before), track.length - Math.max(0, -after));
    return [...blank(before), ...kept, ...blank(after)];
  },
  Concat({ node, from, rank, tracks, lengths }) {
    if (axisOf(intOf(node, 'axis', 0), rank) !== from) return undefined;
    return tracks.flatMap((track, i) => track ?? Array<undefined>(lengths[i]!).fill(undefined));
  },
  Gather({ node, from, rank, known }, track) {
    const picked = known(node.inputs[1]);
    if (!picked || axisOf(intOf(node, 'axis', 0), rank) !== from) return undefined;
    const at = (i: number) => track[axisOf(i, track.length)];
    return middlesOf(picked).map(([a, b]) => middleOf([at(a), at(b)], [1, 1]));
  },
  ReverseSequence: ({ node, from }, track) =>
    intOf(node, 'time_axis', 0) === from ? [...track].reverse() : undefined,
};

/** The places that a node picks, each twice; of a table of windows the two in the middle of each. */
function middlesOf(picked: Constant): readonly (readonly [number, number])[] {
  const places = [...numbers(picked)];
  const along = windowAxis(picked);
  if (along === undefined) return places.map((place) => [place, place]);
  const [rows, columns] = picked.shape as readonly [number, number];
  const [windows, size] = along === 0 ? [rows, columns] : [columns, rows];
  const at = (window: number, k: number) =>
    places[along === 0 ? window * columns + k : k * columns + window]!;
  return range(windows).map((window) => [at(window, (size - 1) >> 1), at(window, size >> 1)]);
}
