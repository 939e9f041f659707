import { unsupported } from '../../base/errors.js';
import { ancestors } from '../../graph/order.js';
import type { Classifier } from '../classifier.js';
import { latticeOf } from './lattice.js';
import type { CamLayer } from './layer.js';
import { merged, type Origins } from './places/origins.js';
import { sightOf, type Track } from './places/track.js';
import { positionAxes, type Shown, shownBy } from './shown.js';

/**
 * Where the input's positions lie in a layer's map, for each axis of positions: as a fraction of the map's
 * length; NaN where the network does not read them.
 */
export type View = readonly Float64Array[];

/** How a map lies over the input, and what to say of it. */
export interface Placed {
  /** Where the input lies in the map; the map shows the whole input as it is without one. */
  readonly view?: View;
  readonly notes: readonly string[];
}

/**
 * Where the input lies in the map of a layer, as far as the network cuts, pads, mirrors, shifts or reorders
 * positions before it. Throws where the map shows several parts of the input, or one twice.
 */
export function placedBy(model: Classifier, place: CamLayer): Placed {
  const layer = place.value;
  const shown = shownBy(model);
  const places = positionAxes(model);
  const own = shown.get(layer);
  const last = own || places.length === 0 ? undefined : lastShownBefore(model, layer);
  const from = own ?? (last && 'origins' in last ? undefined : last);
  const tracks = from ? tracksOf(from, place, model.shapes.get(layer)!.dims) : [];
  const sights = tracks.map((track, i) => sightOf(track, model.input.shape[places[i]! - 1]!));
  if (sights.includes(undefined)) throw notOver('the network reads a part of the image twice', layer);
  const view = sights as View;
  const isPart = view.some((sight) => sight.some(Number.isNaN));
  return {
    ...(!view.every(isWhole) && { view }),
    notes: [
      ...(isPart ? ['the layer does not show all of the image: where it does not, the map is 0'] : []),
      ...notesOnOrder(model, place),
    ],
  };
}

/** What to say of positions of which the network does not tell where in the input they come from. */
export const notesOnOrder = (model: Classifier, { value }: CamLayer): readonly string[] =>
  shownBy(model).has(value) || positionAxes(model).length === 0
    ? []
    : [
        `the network does not tell where the positions of '${value}' come from: the map takes them for those of the image, row by row`,
      ];

const isWhole = (sight: Float64Array) =>
  sight.every((at, p) => Math.abs(at - (p + 0.5) / sight.length) <= 1e-6);

const notOver = (why: string, layer: string) =>
  unsupported(
    `${why} before layer '${layer}', whose map does not lie over the image; option upsample=none gives it as it is`,
  );

/** What the last value before a layer shows of which the network tells it. */
function lastShownBefore(model: Classifier, layer: string): Shown | undefined {
  const shown = shownBy(model);
  const before = ancestors(model.graph, layer);
  const values = model.graph.nodes.flatMap(({ outputs }) => outputs);
  return shown.get(values.findLast((value) => before.has(value) && shown.has(value)) ?? '');
}

/** The tracks of a map, or of tokens on their grid. */
function tracksOf(
  shown: Shown,
  { value, grid, last }: CamLayer,
  lengths: readonly number[],
): readonly Track[] {
  if ('lost' in shown) throw notOver(shown.lost, value);
  if ('tracks' in shown) {
    const { tracks, axes } = shown;
    if (axes.some((axis, i) => i > 0 && axis < axes[i - 1]!))
      throw notOver('the network turns positions', value);
    return tracks;
  }
  const origins = merged(shown.origins, [grid || last ? shown.origins.dims.length - 1 : 1]);
  if (!grid && origins.dims.every((length) => length === 1) && Math.max(...lengths.slice(1)) > 1)
    throw notOver('each position shows all of the image', value);
  if (!grid && origins.dims.length - 2 < origins.at.length)
    throw notOver(
      'the network takes one place of an axis of positions, such as a frame or a slice, or joins all of it,',
      value,
    );
  const lines = grid ? latticeOf(origins)?.lines : linesOf(origins, last ? 1 : 2);
  if (grid && lines && lines.map((line) => line.length).join() !== grid.size.join()) return [];
  if (!lines) throw notOver('the network puts positions in another order than row by row', value);
  return lines;
}

/** The tracks of a map whose positions are its axes from `first` on, where each moves along its own alone. */
function linesOf({ dims, at }: Origins, first: number): readonly Track[] | undefined {
  const lines = at.map((places, k) => {
    const inner = dims.slice(first + k + 1).reduce((a, b) => a * b, 1);
    const own = (i: number) => Math.floor(i / inner) % dims[first + k]!;
    const line = Array.from({ length: dims[first + k] ?? 0 }, (_, i) => places[i * inner]!);
    return places.every((place, i) => Object.is(place, line[own(i)])) ? line : undefined;
  });
  if (lines.includes(undefined)) return undefined;
  return lines.map((line) => line!.map((place) => (Number.isNaN(place) ? undefined : place)));
}
