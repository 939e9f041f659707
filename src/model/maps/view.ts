import { unsupported } from '../../base/errors.js';
import { intsOf } from '../../graph/attributes.js';
import { type Axes, followAxes } from '../../graph/axes.js';
import { is } from '../../graph/catalogue/index.js';
import type { Node } from '../../graph/graph.js';
import { ancestors } from '../../graph/order.js';
import type { Shapes } from '../../graph/shapes.js';
import type { Classifier } from '../classifier.js';
import { sightOf, type Track, trackAfter } from './track.js';

/**
 * Where the input's positions lie in a layer's map, for each axis of positions: as a fraction of the map's
 * length; NaN where the network does not read them.
 */
export type View = readonly Float64Array[];

/**
 * Where the input lies in the maps of a layer, as far as the network crops, pads, mirrors or shifts it before
 * its first layers over maps. Undefined where they read the whole input as it is. Throws where they read
 * several parts of it, or one twice.
 */
export function viewOf(model: Classifier, layer: string): View | undefined {
  const places = positionAxes(model);
  const views = readings(model, layer, places).map((tracks) => {
    const sights = tracks.map((track, i) => sightOf(track, model.input.shape[places[i]! - 1]!));
    const whole = sights.every((sight) =>
      sight?.every((at, p) => isNear(at, (p + 0.5) / sight.length, 1e-6)),
    );
    return { sights, whole, cells: tracks.map(({ length }) => length) };
  });
  const [first] = views;
  if (!first) return undefined;
  const agree = views.every(({ sights, whole }) =>
    first.whole || whole
      ? first.whole === whole
      : sights.every((sight, i) => areNear(sight, first.sights[i], 1.5 / first.cells[i]!)),
  );
  if (!agree || first.sights.includes(undefined))
    throw unsupported(
      `the network reads ${agree ? 'a part of the image twice' : 'several parts of the image'} before layer '${layer}', whose map does not lie over the image; option upsample=none gives it as it is`,
    );
  return first.whole ? undefined : (first.sights as View);
}

/** What to say of a map over an image of which the network reads only a part. */
export const notesOnView = (view: View | undefined): readonly string[] =>
  view?.some((sight) => sight.some(Number.isNaN))
    ? ['the network does not read all of the image: where it does not, the map is 0']
    : [];

const isNear = (a: number, b: number, by: number) => Math.abs(a - b) <= by;

/** Whether two sights agree but for the outermost places. */
function areNear(a: Float64Array | undefined, b: Float64Array | undefined, by: number): boolean {
  if (!a || !b) return a === b;
  const apart = a.filter((at, p) => !(isNear(at, b[p]!, by) || (Number.isNaN(at) && Number.isNaN(b[p]))));
  return apart.length <= 2 && apart.every(Number.isNaN);
}

/** The axes of the input that are positions, the batch counted as axis 0. */
function positionAxes({ input: { shape, layout, space = 0, channelsLast } }: Classifier): readonly number[] {
  if (layout === 'NCHW') return [2, 3];
  if (layout === 'NHWC') return [1, 2];
  const first = channelsLast ? 1 : shape.length - space + 1;
  return Array.from({ length: space }, (_, i) => first + i);
}

/** What the first layers over maps before a layer read of each axis of positions. */
function readings(
  { graph, shapes, input }: Classifier,
  layer: string,
  places: readonly number[],
): readonly (readonly Track[])[] {
  const wanted = places.map(String);
  const read = new Set<Node>();
  const axes = followAxes(
    graph,
    shapes,
    new Map([[input.name, Array.from({ length: input.shape.length + 1 }, (_, i) => String(i))]]),
    {
      join: (labels) => (new Set(labels).size === 1 ? labels[0] : undefined),
      map(node, found): Axes | undefined {
        if (is(node, 'layer') || is(node, 'pools')) read.add(node);
        return read.has(node) ? undefined : found;
      },
    },
  );
  const before = ancestors(graph, layer);
  const tracks = new Map<string, ReadonlyMap<string, Track>>();
  const whole = (axis: number): Track => Array.from({ length: input.shape[axis - 1]! }, (_, i) => i);
  tracks.set(input.name, new Map(places.map((axis) => [String(axis), whole(axis)])));
  const found: (readonly Track[])[] = [];
  for (const node of graph.nodes) {
    const own = node.inputs.map((value) => tracks.get(value));
    if (read.has(node)) {
      const shown = wanted.map((label) => own[0]?.get(label));
      if (
        node.outputs.some((v) => before.has(v)) &&
        shown.length > 0 &&
        shown.every((one) => one !== undefined)
      )
        found.push(shown.map((track, i) => withoutPads(track, reachOf(node, shapes, i, shown.length))));
      continue;
    }
    for (const [place, output] of node.outputs.entries()) {
      const made = axes.get(output);
      if (!made || !own.some(Boolean)) continue;
      const after = wanted.flatMap((label) => {
        const to = made.indexOf(label);
        const source = own.findIndex((track) => track?.has(label));
        if (to < 0 || source < 0) return [];
        const value = node.inputs[source]!;
        const from = axes.get(value)!.indexOf(label);
        const { dims } = shapes.get(value)!;
        const passage = { node, place, from, to, rank: dims.length, length: shapes.get(output)!.dims[to]! };
        const lengths = node.inputs.map((v) => shapes.get(v)?.dims[from] ?? 0);
        const known = (v: string | undefined) => (v === undefined ? undefined : graph.initializers.get(v));
        const along = own.map((track) => track?.get(label));
        return [[label, trackAfter({ ...passage, tracks: along, lengths, known })] as const];
      });
      tracks.set(output, new Map(after));
    }
  }
  return found;
}

/** How many steps apart the outermost positions are that a layer reads at once along an axis of its maps. */
function reachOf(node: Node, shapes: Shapes, i: number, count: number): number {
  const kernel = intsOf(node, 'kernel_shape') ?? shapes.get(node.inputs[1] ?? '')?.dims.slice(-count);
  return ((kernel?.[i] ?? 1) - 1) * (intsOf(node, 'dilations')?.[i] ?? 1);
}

/** A track without padding that belongs to the layer behind it: less than it reads at once. */
function withoutPads(track: Track, reach: number): Track {
  const first = track.findIndex((place) => place !== undefined);
  const last = track.findLastIndex((place) => place !== undefined);
  if (first < 0) return track;
  const [before, after] = [first, track.length - 1 - last];
  return track.slice(before <= reach ? before : 0, track.length - (after <= reach ? after : 0));
}
