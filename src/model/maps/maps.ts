import { is } from '../../graph/catalogue/index.js';
import type { Node } from '../../graph/graph.js';
import type { ValueShape } from '../../graph/shapes.js';
import { sizeOf } from '../../tensor/tensor.js';
import { hasRoles, rolesOf } from '../axes.js';
import { type Classifier, isSignal } from '../classifier.js';

/** Whether a node computes a map from any input with channel and spatial axes. */
const makes = (node: Node) => is(node, 'channels') && !is(node, 'normalises');

/** Whether a node changes the meaning of a map's axes. */
function ends(node: Node): boolean {
  if (is(node, 'pointwise') || is(node, 'channels')) return false;
  const rearranges = is(node, 'moves', 'in-order', 'reordered', 'picked', 'copied');
  return rearranges || is(node, 'layer') || is(node, 'reduces') || node.op === 'Softmax';
}

/** Whether a value holds one row of numbers for each sample: no windows or frames among the samples. */
export const isRow = (shape: ValueShape | undefined): shape is ValueShape =>
  shape?.batchAxis === 0 && shape.dims[0] === 1 && shape.type === 'float32';

/**
 * Whether a value has the shape `[N, C, h, w]`, `[N, C, d, h, w]` of a volume or `[N, C, l]` of a signal,
 * with more than one position. The model's input does not count.
 */
export function isMap(model: Classifier, value: string): boolean {
  const shape = model.shapes.get(value);
  if (!isRow(shape)) return false;
  const space = shape.dims.slice(2);
  const isOfPlaces =
    space.length === 2 || space.length === 3 || (space.length === 1 && isOfSignal(model, value));
  return value !== model.input.name && isOfPlaces && sizeOf(space) > 1;
}

/**
 * Whether a value `[N, C, l]` is a signal's map: by the input, or where that tells no positions, as before a
 * loop over time, by the value's own layers.
 */
const isOfSignal = (model: Classifier, value: string): boolean =>
  isSignal(model) || (mayBeSignal(model.input) && hasRoles(model, value, 'batch', 'channel', 'space'));

const mayBeSignal = ({ layout, shape, space, channelsLast }: Classifier['input']): boolean =>
  layout === 'other' && shape.length === 2 && space === undefined && !channelsLast;

/** Whether a value is known to be a map `[N, C, h, w]`, or of a volume, of more than one position. */
export const isFirstMap = (model: Classifier, value: string): boolean =>
  isMap(model, value) &&
  hasRoles(
    model,
    value,
    'batch',
    'channel',
    ...model.shapes
      .get(value)!
      .dims.slice(2)
      .map(() => 'space' as const),
  );

/** Whether a value is known to be a channels-last map `[N, h, w, C]` with more than one position. */
export function isLastMap(model: Classifier, value: string): boolean {
  const shape = model.shapes.get(value);
  if (!isRow(shape) || value === model.input.name) return false;
  const space = shape.dims.slice(1, -1);
  const places = space.map(() => 'space' as const);
  return space.length > 1 && hasRoles(model, value, 'batch', ...places, 'channel') && sizeOf(space) > 1;
}

/** Whether a value is known to be a sequence of spatial tokens `[N, T, C]`. */
export function isSequence(model: Classifier, value: string): boolean {
  const shape = model.shapes.get(value);
  if (!isRow(shape)) return false;
  return hasRoles(model, value, 'batch', 'space', 'channel') && shape.dims[1]! > 1;
}

/** Whether channels lie along an axis of positions, as where a normalisation averages neighbours of them. */
const spreadsChannels = (model: Classifier, value: string): boolean =>
  rolesOf(model).get(value)?.indexOf('channel', 2) !== -1 && rolesOf(model).has(value);

/**
 * The maps of convolutions, poolings and the like, and values computed from them position by position, in
 * graph order.
 */
export function mapsOf(model: Classifier): ReadonlySet<string> {
  const maps = new Set<string>();
  const rounded = new Set<string>();
  for (const node of model.graph.nodes) {
    const [value] = node.outputs;
    const follows = !ends(node) && node.inputs.some((v) => maps.has(v) || rounded.has(v));
    if (value === undefined || !(makes(node) || follows)) continue;
    if (isMap(model, value) && !spreadsChannels(model, value)) maps.add(value);
    else if (follows && node.op === 'QuantizeLinear') rounded.add(value);
  }
  return maps;
}

/** The maps in `among` that lead to no other map there: one of each branch. */
export function lastMaps(model: Classifier, among: ReadonlySet<string>): readonly string[] {
  const maps = [...mapsOf(model)].filter((value) => among.has(value));
  const all = new Set(maps);
  const before = new Set<string>();
  for (const node of [...model.graph.nodes].reverse()) {
    if (node.outputs.some((v) => all.has(v) || before.has(v))) for (const v of node.inputs) before.add(v);
  }
  return maps.filter((value) => !before.has(value));
}
