import { intsOf } from '../../graph/attributes.js';
import { type Axes, followAxes } from '../../graph/axes.js';
import { is } from '../../graph/catalogue/index.js';
import { type Node, placeOf } from '../../graph/graph.js';
import { producersOf } from '../../graph/order.js';
import type { Shapes } from '../../graph/shapes.js';
import { sizeOf } from '../../tensor/tensor.js';
import type { Classifier } from '../classifier.js';
import { indexAlong, type Origins } from './places/origins.js';
import { originsAfter } from './places/origins-after.js';
import { isSame, stretched, type Track, type Window } from './places/track.js';
import { trackAfter } from './places/track-after.js';

/**
 * What a value shows of the input: along each axis of positions by itself, in the input's order; element by
 * element, as where positions have become tokens; or nothing that could be told, and why.
 */
export type Shown = Placing | { readonly lost: string };

/** `parts` is how many parts of the image lie on one another in the value; 1 without it. */
type Placing = { readonly parts?: number } & (
  | { readonly tracks: readonly Track[]; readonly axes: readonly number[] }
  | { readonly origins: Origins }
);

const known = new WeakMap<Classifier, ReadonlyMap<string, Shown>>();

/** What the values of a model show, as far as the network tells. */
export function shownBy(model: Classifier): ReadonlyMap<string, Shown> {
  const found = known.get(model) ?? followed(model);
  known.set(model, found);
  return found;
}

/** The axes of the input that are positions, the batch counted as axis 0. */
export function positionAxes({
  input: { shape, layout, space = 0, channelsLast },
}: Classifier): readonly number[] {
  if (layout === 'NCHW') return [2, 3];
  if (layout === 'NHWC') return [1, 2];
  const first = channelsLast ? 1 : shape.length - space + 1;
  return Array.from({ length: space }, (_, i) => first + i);
}

/** Operators that move positions by numbers that they are given. */
const warps = new Set(['GridSample', 'RoiAlign', 'MaxRoiPool']);

function followed(model: Classifier): ReadonlyMap<string, Shown> {
  const { graph, shapes, input } = model;
  const places = positionAxes(model);
  const wanted = places.map(String);
  const labels = Array.from({ length: input.shape.length + 1 }, (_, i) => String(i));
  const axes = followAxes(graph, shapes, new Map([[input.name, labels]]), {
    join: (merged) => (new Set(merged).size === 1 ? merged[0] : undefined),
    map: (_node, found) => found,
  });
  const producers = producersOf(graph);
  const whole = (axis: number): Track => Array.from({ length: input.shape[axis - 1]! }, (_, i) => i);
  const shown = new Map<string, Shown>();
  if (places.length > 0) shown.set(input.name, { tracks: places.map(whole), axes: places });
  const constant = (v: string | undefined) => (v === undefined ? undefined : graph.initializers.get(v));
  const dimsOf = (v: string) => shapes.get(v)?.dims ?? [];
  for (const node of graph.nodes) {
    const read = node.inputs.map((v) => shown.get(v));
    if (read.every((one) => one === undefined)) continue;
    const lost = read.find((one) => one && 'lost' in one);
    for (const [place, output] of node.outputs.entries()) {
      const made =
        lost ?? (warps.has(node.op) ? moves(node) : (restored(node) ?? after(node, place, output)));
      if (made) shown.set(output, 'lost' in made ? made : { ...made, parts: partsIn(node, read) });
    }
  }
  return shown;

  function after(node: Node, place: number, output: string): Shown | undefined {
    const tracked = alongAll(node, place, output, axes.get(output));
    if (tracked) return tracked;
    const origins = originsAfter({
      ...{ node, place, known: constant, made: dimsOf(output), lengths: node.inputs.map(dimsOf) },
      origins: node.inputs.map((v) => originsOf(shown.get(v), dimsOf(v))),
      parts: node.inputs.map((v) => partsOf(shown.get(v))),
      windowAlong: (axis) => windowOf(node, shapes, axis),
    });
    return origins === 'apart' ? joins(node) : origins && { origins };
  }

  /** Where a Reshape takes an earlier one back, as behind a normalisation of groups: what it was before. */
  function restored(node: Node): Shown | undefined {
    if (!is(node, 'moves', 'in-order')) return undefined;
    let maker = producers.get(node.inputs[0]!);
    while (maker && (is(maker, 'pointwise', 1) || is(maker, 'normalises')))
      maker = producers.get(maker.inputs[0]!);
    const before = maker && is(maker, 'moves', 'in-order') ? maker.inputs[0]! : undefined;
    const same = before !== undefined && dimsOf(before).join() === dimsOf(node.outputs[0]!).join();
    return same ? shown.get(before) : undefined;
  }

  function alongAll(node: Node, place: number, output: string, made: Axes | undefined): Shown | undefined {
    const to = wanted.map((label) => made?.indexOf(label) ?? -1);
    if (to.some((axis, i) => axis < 0 || made!.lastIndexOf(wanted[i]) !== axis)) return undefined;
    const tracks = node.inputs.map((v) => {
      const one = shown.get(v);
      return one && 'tracks' in one ? one : undefined;
    });
    const source = tracks.findIndex((one) => one !== undefined);
    if (source < 0) return undefined;
    const found = wanted.map((_, i) => {
      const from = tracks[source]!.axes[i]!;
      return trackAfter({
        ...{ node, place, from, known: constant, window: windowOf(node, shapes, to[i]!) },
        rank: dimsOf(node.inputs[source]!).length,
        length: dimsOf(output)[to[i]!]!,
        lengths: node.inputs.map((v, k) => dimsOf(v)[tracks[k]?.axes[i] ?? from] ?? 0),
        ...{ tracks: tracks.map((one) => one?.tracks[i]), parts: tracks.map(partsOf) },
      });
    });
    return found.includes(undefined) ? joins(node) : { tracks: found as Track[], axes: to };
  }
}

const moves = (node: Node): Shown => ({ lost: `operator '${node.op}' (${placeOf(node)}) moves positions` });
const joins = (node: Node): Shown => ({
  lost: `operator '${node.op}' (${placeOf(node)}) joins or cuts parts of the image`,
});

const partsOf = (shown: Shown | undefined): number => (shown && 'parts' in shown && shown.parts) || 1;

/** How many parts of the image lie on one another behind a node, from those of what it reads. */
function partsIn(node: Node, read: readonly (Shown | undefined)[]): number {
  if (!is(node, 'pointwise') && node.op !== 'Concat') return 1;
  const [first, ...others] = read.filter((one) => one !== undefined);
  const parts = [first, ...others].map(partsOf);
  return others.every((other) => showsSame(first!, other))
    ? Math.max(...parts)
    : parts.reduce((a, b) => a + b, 0);
}

function showsSame(a: Shown, b: Shown): boolean {
  const [own, other] = [a, b].map((one) =>
    'tracks' in one ? one.tracks : 'origins' in one ? one.origins.at : [],
  );
  return own!.length === other!.length && own!.every((places, i) => isSame(places, other![i]!));
}

/** What a value shows, element by element. */
function originsOf(shown: Shown | undefined, dims: readonly number[]): Origins | undefined {
  if (!shown || 'lost' in shown) return undefined;
  if ('origins' in shown) return shown.origins;
  const { tracks, axes } = shown;
  const own = dims.map((length, axis) => (axes.includes(axis) ? length : 1));
  const at = tracks.map((track, i) => {
    const index = indexAlong(own, axes[i]!);
    const fine = stretched(track, dims[axes[i]!]!);
    return Float64Array.from({ length: sizeOf(own) }, (_, e) => fine[index(e)] ?? Number.NaN);
  });
  return { dims: own, at };
}

/** What a layer reads at once along an axis of its output; undefined where it reads no windows along it. */
function windowOf(node: Node, shapes: Shapes, axis: number): Window | undefined {
  const along = axis - 2;
  if (along < 0 || !(is(node, 'layer', 'convolution') || is(node, 'pools', 'windows'))) return undefined;
  const kernel = intsOf(node, 'kernel_shape') ?? shapes.get(node.inputs[1] ?? '')?.dims.slice(2);
  const reach = ((kernel?.[along] ?? 1) - 1) * (intsOf(node, 'dilations')?.[along] ?? 1);
  return { reach, frame: frameOf(node, reach, along) };
}

/**
 * The padding of a layer along an axis of its maps beyond what keeps their length, where it is more than the
 * layer reads at once: exporters write an image's own frame so.
 */
function frameOf(node: Node, reach: number, along: number): readonly [number, number] {
  const pads = (node.op === 'ConvTranspose' ? undefined : intsOf(node, 'pads')) ?? [];
  const beyond = (pad = 0) => (pad > reach ? pad - Math.floor(reach / 2) : 0);
  return [beyond(pads[along]), beyond(pads[along + pads.length / 2])];
}
