import { unsupported } from '../../base/errors.js';
import { intsOf } from '../../graph/attributes.js';
import { type Axes, followAxes } from '../../graph/axes.js';
import { is } from '../../graph/catalogue/index.js';
import type { Node } from '../../graph/graph.js';
import { ancestors } from '../../graph/order.js';
import type { Shapes } from '../../graph/shapes.js';
import type { Classifier } from '../classifier.js';
import { keepsRows } from './token-order.js';
import { sightOf, type Track, trackAfter } from './track.js';

/**
 * Where the input's positions lie in a layer's map, for each axis of positions: as a fraction of the map's
 * length; NaN where the network does not read them.
 */
export type View = readonly Float64Array[];

/**
 * Where the input lies in the map of a layer, as far as the network cuts, pads, mirrors or shifts positions
 * before it. Undefined where the map shows the whole input as it is. Throws where it shows several parts of
 * it, or one twice.
 */
export function viewOf(model: Classifier, layer: string): View | undefined {
  const places = positionAxes(model);
  const sights = shownBy(model, layer, places).map((track, i) =>
    sightOf(track, model.input.shape[places[i]! - 1]!),
  );
  if (sights.includes(undefined)) throw notOver('the network reads a part of the image twice', layer);
  const view = sights as View;
  return view.every(isWhole) ? undefined : view;
}

const isWhole = (sight: Float64Array) =>
  sight.every((at, p) => Math.abs(at - (p + 0.5) / sight.length) <= 1e-6);

const notOver = (why: string, layer: string) =>
  unsupported(
    `${why} before layer '${layer}', whose map does not lie over the image; option upsample=none gives it as it is`,
  );

/** What to say of a map over an image of which the network reads only a part. */
export const notesOnView = (view: View | undefined): readonly string[] =>
  view?.some((sight) => sight.some(Number.isNaN))
    ? ['the network does not read all of the image: where it does not, the map is 0']
    : [];

/** The axes of the input that are positions, the batch counted as axis 0. */
function positionAxes({ input: { shape, layout, space = 0, channelsLast } }: Classifier): readonly number[] {
  if (layout === 'NCHW') return [2, 3];
  if (layout === 'NHWC') return [1, 2];
  const first = channelsLast ? 1 : shape.length - space + 1;
  return Array.from({ length: space }, (_, i) => first + i);
}

/** Operators that move positions by numbers that they are given. */
const warps = new Set(['GridSample', 'RoiAlign', 'MaxRoiPool']);

/**
 * What a layer's map shows along each axis of positions: by its own axes, or by those of the first value on
 * the way whose axes are merged, as where a map becomes tokens. Throws where positions are moved otherwise.
 */
function shownBy(
  { graph, shapes, input }: Classifier,
  layer: string,
  places: readonly number[],
): readonly Track[] {
  const labels = Array.from({ length: input.shape.length + 1 }, (_, i) => String(i));
  const wanted = places.map(String);
  const axes = followAxes(graph, shapes, new Map([[input.name, labels]]), {
    join: (merged) => (new Set(merged).size === 1 ? merged[0] : undefined),
    map: (_node, found) => found,
  });
  const before = ancestors(graph, layer);
  const whole = (axis: number): Track => Array.from({ length: input.shape[axis - 1]! }, (_, i) => i);
  const tracks = new Map<string, readonly Track[]>([[input.name, places.map(whole)]]);
  let merged: string | undefined;
  for (const node of graph.nodes) {
    if (!node.inputs.some((v) => tracks.has(v)) || !node.outputs.some((v) => before.has(v))) continue;
    if (warps.has(node.op))
      throw notOver(`operator '${node.op}' (node '${node.name}') moves positions`, layer);
    for (const [place, output] of node.outputs.entries()) {
      const made = axes.get(output);
      const after = made && alongAll(node, place, made);
      if (after) tracks.set(output, after);
      else if (is(node, 'moves', 'in-order')) merged ??= node.inputs[0];
    }
  }
  const shown = tracks.has(layer) ? layer : merged;
  if (shown === undefined) return [];
  const order = wanted.map((label) => axes.get(shown)!.indexOf(label));
  if (order.some((axis, i) => i > 0 && axis < order[i - 1]!))
    throw notOver('the network turns positions', layer);
  if (shown !== layer && !keepsRows(graph, shapes, shown, order, before))
    throw notOver('the network makes tokens of positions in another order than row by row', layer);
  return tracks.get(shown)!;

  function alongAll(node: Node, place: number, made: Axes): readonly Track[] | undefined {
    const output = node.outputs[place]!;
    const from = node.inputs.map((v) => (tracks.has(v) ? axes.get(v)! : undefined));
    const to = wanted.map((label) => made.indexOf(label));
    if (to.some((axis, i) => axis < 0 || made.lastIndexOf(wanted[i]) !== axis)) return undefined;
    const found = wanted.map((label, i) => {
      const source = node.inputs.find((_, k) => from[k])!;
      const at = axes.get(source)!.indexOf(label);
      return trackAfter({
        node,
        place,
        from: at,
        rank: shapes.get(source)!.dims.length,
        length: shapes.get(output)!.dims[to[i]!]!,
        lengths: node.inputs.map((v, k) => shapes.get(v)?.dims[from[k]?.indexOf(label) ?? at] ?? 0),
        tracks: node.inputs.map((v) => tracks.get(v)?.[i]),
        reach: readsWindows(node) ? reachOf(node, shapes, i, wanted.length) : undefined,
        known: (v) => (v === undefined ? undefined : graph.initializers.get(v)),
      });
    });
    if (found.includes(undefined))
      throw notOver(`node '${node.name}' (${node.op}) joins or cuts parts of the image`, layer);
    return found as Track[];
  }
}

const readsWindows = (node: Node) => is(node, 'layer', 'convolution') || is(node, 'pools', 'windows');

/** How many steps apart the outermost positions are that a layer reads at once along an axis of its maps. */
function reachOf(node: Node, shapes: Shapes, i: number, count: number): number {
  const kernel = intsOf(node, 'kernel_shape') ?? shapes.get(node.inputs[1] ?? '')?.dims.slice(-count);
  return ((kernel?.[i] ?? 1) - 1) * (intsOf(node, 'dilations')?.[i] ?? 1);
}
