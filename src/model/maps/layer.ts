import { optionError, SightlineError, unsupported, usageError } from '../../base/errors.js';
import { type AttentionBlock, attentionLayers, contexts, quantises } from '../../graph/attention.js';
import { intsOf } from '../../graph/attributes.js';
import { is } from '../../graph/catalogue/index.js';
import { onEveryPath } from '../../graph/dominators.js';
import { numbers } from '../../graph/elements.js';
import type { Graph, Node } from '../../graph/graph.js';
import { ancestors, producersOf } from '../../graph/order.js';
import { ofOneProcessor } from '../../graph/refusal.js';
import { sizeOf } from '../../tensor/tensor.js';
import { hasRoles, rolesOf } from '../axes.js';
import { type Classifier, isSignal } from '../classifier.js';
import { unknownLayer } from '../unknown-layer.js';
import {
  asksOfQueries,
  isBeforeAsked,
  isNowhere,
  lastCoarse,
  lastOfCoarsest,
  layersIn,
  placesAt,
} from './asked.js';
import { tokenAttention, tokensInto } from './entry.js';
import { foldedIn } from './folded.js';
import { imageIn } from './image-in.js';
import { isLastMap, isMap, isRow, isSequence, lastMaps } from './maps.js';
import { hasBranches } from './streams.js';
import { fittingGrid, gridTold, joinedAt, type TokenGrid, tokenGrid } from './tokens.js';

/** A layer for CAM: a map `[N, C, h, w]`, or patch tokens `[N, T, C]` with their grid. */
export interface CamLayer {
  readonly value: string;
  readonly grid?: TokenGrid;
  /** Whether the map has channels last: `[N, h, w, C]`. */
  readonly last?: boolean;
}

/**
 * The layer with the given value name. By default the last map or token sequence that lies on every path to
 * the output; if the output reads only a class token of that sequence, the tokens that enter the last
 * attention layer. Of a target of a spatial output, `lastCoarse`. Of images that the network folds into its
 * batch, a layer of each one. Throws when there is no such layer.
 */
export function layerOf(model: Classifier, name: string): CamLayer {
  const folded = foldedIn(model);
  if (!folded) return layerIn(model, name);
  const { image, rows, count } = folded;
  const place = layerIn(image, name);
  if (rows.has(place.value)) return place;
  throw optionError(
    `layer '${place.value}' [${model.shapes.get(place.value)!.dims}] holds no row for each of the ${count} images of a sample, in their order; give option 'layer' (a value [N x ${count}, C, h, w] or [N x ${count}, T, C] that is computed of one image at a time)`,
    'layer',
  );
}

function layerIn(model: Classifier, name: string): CamLayer {
  const coarse = name === '' ? lastCoarse(model) : undefined;
  if (coarse !== undefined) return { value: coarse };
  if (model.alone !== undefined && !model.shapes.has(name) && !model.aside?.has(name))
    throw unsupported(
      'the network is run as a whole, and the layers inside are not seen; class activation maps need one',
    );
  if (name !== '') return named(model, name);
  const coarsest = lastOfCoarsest(model);
  if (coarsest !== undefined) {
    checkNothingFollows(model, coarsest);
    return placed(model, coarsest);
  }
  const { graph, output } = model;
  const layers = layersIn(model);
  const isBefore = isBeforeAsked(model);
  const places = onEveryPath(graph, imageIn(model), output).filter(
    (value) => layers.has(value) && isBefore(value) && !isNowhere(model, value),
  );
  const found = places.at(-1);
  const projection = found !== undefined && isSequence(model, found) ? projectionOf(model, found) : undefined;
  const last =
    places.findLast((value) => projection?.inputs.includes(value)) ?? (found && beforePooling(model, found));
  if (last !== undefined && (!isSequence(model, last) || !readsOnePlace(model, last))) {
    checkNothingFollows(model, last);
    return placed(model, last);
  }
  const onTheWay = ancestors(graph, output);
  const tokens = lastTokens(model, onTheWay);
  if (tokens !== undefined && hasBranches(model, tokens))
    throw optionError(
      `no map lies on every path to the output: '${tokens}' belongs to one of several branches; give option 'layer' (a value [N, C, h, w] or [N, T, C])`,
      'layer',
    );
  if (tokens !== undefined) return tokensAt(model, tokens);
  const ends = last === undefined ? lastMaps(model, onTheWay) : [];
  if (ends.length > 1)
    throw optionError(
      `no map lies on every path to the output: ${ends.length} branches end in maps of their own (${listed(ends)}); give option 'layer' (a value [N, C, h, w] or [N, T, C])`,
      'layer',
    );
  if (ends.length === 1) return placed(model, ends[0]!);
  const laidOut = graph.nodes.map(ofOneProcessor).find((why) => why !== '') ?? '';
  throw last === undefined
    ? unsupported(
        `the model has no map [N, C, h, w] and no tokens [N, T, C]${partsIn(model)}; class activation maps need one${laidOut}`,
      )
    : optionError(
        `the output reads one token of '${last}', and no attention before it is found; give option 'layer' (a value [N, C, h, w] or [N, T, C])`,
        'layer',
      );
}

/** Values by name, of which a long list is cut. */
function listed(values: readonly string[]): string {
  const more = values.length > 6 ? ` and ${values.length - 6} more` : '';
  return `${values
    .slice(0, 6)
    .map((value) => `'${value}'`)
    .join(', ')}${more}`;
}

/** Says where the model's maps are of parts of a sample, which are rows of its batch. */
function partsIn({ graph, shapes }: Classifier): string {
  for (const node of graph.nodes) {
    const { dims = [], batchAxis } = shapes.get(node.outputs[0]!) ?? {};
    if (is(node, 'channels') && dims.length > 3 && batchAxis === 0 && dims[0]! > 1)
      return ` of the whole sample: its maps are of ${dims[0]} parts of it, folded into the batch`;
  }
  return '';
}

/**
 * What a map is before the steps of a pooling that follows: powers or exponentials and what keeps their base
 * positive, as in a generalised mean, and weights by place, as in attention pooling.
 */
function beforePooling(model: Classifier, value: string): string {
  const maker = makerOf(model.graph, value);
  if ((maker?.op === 'Pow' && !isActivation(model.graph, maker)) || maker?.op === 'Exp')
    return beforePooling(model, beforeBase(model.graph, maker.inputs[0]!));
  const weighed =
    maker?.op === 'Mul' ? maker.inputs.find((_, i) => weighsPlaces(model, maker, 1 - i)) : undefined;
  return weighed === undefined ? value : beforePooling(model, weighed);
}

/** Whether a power is the square of a rectifier, an activation (So et al. 2021, arXiv:2109.08668). */
function isActivation(graph: Graph, { inputs: [base, power] }: Node): boolean {
  const given = graph.initializers.get(power ?? '');
  const isSquare = given !== undefined && numbers(given).every((number) => number === 2);
  return isSquare && makerOf(graph, base!)?.op === 'Relu';
}

/** The node that makes a value before it is rounded. */
function makerOf(graph: Graph, value: string): Node | undefined {
  const maker = producersOf(graph).get(value);
  return maker && quantises(maker) ? makerOf(graph, maker.inputs[0]!) : maker;
}

/** What the base of a power is made of: a magnitude, a small number added, or a small least value. */
function beforeBase(graph: Graph, value: string): string {
  const maker = makerOf(graph, value);
  if (maker?.domain !== '') return value;
  const at = (i: number) => graph.initializers.get(maker.inputs[i] ?? '');
  const isSmall = (i: number) => {
    const given = at(i);
    return given !== undefined && numbers(given).every((number) => number >= 0 && number <= 1e-3);
  };
  if (maker.op === 'Abs') return beforeBase(graph, maker.inputs[0]!);
  const [first = '', second = ''] = maker.inputs;
  if (maker.op === 'Clip') return isSmall(1) && !maker.inputs[2] ? beforeBase(graph, first) : value;
  if (maker.op !== 'Add' && maker.op !== 'Max') return value;
  if (maker.inputs.length !== 2) return value;
  return isSmall(1) ? beforeBase(graph, first) : isSmall(0) ? beforeBase(graph, second) : value;
}

/** Whether a factor of a product is a softmax of one weight for each place. */
function weighsPlaces({ graph, shapes }: Classifier, product: Node, factor: number): boolean {
  const [from, to] = [product.inputs[factor]!, product.outputs[0]!].map((value) => shapes.get(value)?.dims);
  const isOneChannel =
    from !== undefined &&
    from.length === to?.length &&
    to.filter((length, i) => length !== from[i]).length === 1;
  let maker = makerOf(graph, product.inputs[factor]!);
  while (maker && is(maker, 'moves', 'in-order')) maker = makerOf(graph, maker.inputs[0]!);
  return isOneChannel && maker?.op === 'Softmax';
}

/**
 * A head attends to the last tokens at most so often, as two layers of class attention do; among all of them
 * no more than once.
 */
const attentionsOfHead = 2;

/**
 * Throws where attention layers whose tokens have no known places follow the last layer that has places, or
 * convolutions of its parts, or those that make a coarser map, which other ways to the output leave out and
 * which is not merged into a finer one again.
 */
function checkNothingFollows(model: Classifier, value: string): void {
  const { graph, shapes, output } = model;
  const onTheWay = ancestors(graph, output);
  const places = placesAt(model, value);
  const after = new Set([value]);
  const contextOf = contexts(graph);
  const attentions: Node[] = [];
  const coarser = new Map<string, Node>();
  for (const node of graph.nodes) {
    if (!node.inputs.some((read) => after.has(read)) || !node.outputs.some((v) => onTheWay.has(v))) continue;
    for (const made of node.outputs) after.add(made);
    const { dims = [], batchAxis } = shapes.get(node.outputs[0]!) ?? {};
    if (is(node, 'layer', 'convolution') && batchAxis === 0 && dims[0]! > 1)
      throw optionError(
        `'${value}' is the last layer whose places are known, and '${node.name}' reads ${dims[0]} parts of it, folded into the batch; give option 'layer' (a value [N, C, h, w] or [N, T, C])`,
        'layer',
      );
    const size = sizeOf(dims.slice(2));
    const isCoarser = dims.length > 3 && size > 1 && size < places;
    const first = convolvesPlaces(node) && isCoarser ? node : firstOf(node.inputs, coarser);
    if (first && (dims.length < 4 || isCoarser || size === 1))
      for (const made of node.outputs) coarser.set(made, first);
    if (node.op === 'Softmax' && dims.length > 2 && dims.at(-1)! > 1 && contextOf(node))
      attentions.push(node);
  }
  const convolution = coarser.get(output);
  if (convolution)
    throw optionError(
      `'${value}' is the last layer on every path to the output, and '${convolution.name}' makes a coarser map of it on one; give option 'layer' (a value [N, C, h, w] or [N, T, C])`,
      'layer',
    );
  const mixing = attentions.filter((node) => attendsAmong(shapes.get(node.outputs[0]!)!.dims, places));
  // Queries of no place read the same layer in each of their attentions.
  const isOfHead = attentions.length <= attentionsOfHead || asksOfQueries(model);
  if (isOfHead && mixing.length < 2) return;
  throw optionError(
    `'${value}' is the last layer whose places are known, and ${attentions.length} attention layers follow it, from '${attentions[0]!.name}' on; give option 'layer' (a value [N, C, h, w] or [N, T, C])`,
    'layer',
  );
}

/** Whether each of at least so many tokens attends to all of them. */
const attendsAmong = (dims: readonly number[], places: number): boolean =>
  dims.at(-1) === dims.at(-2) && dims.at(-1)! >= places;

const firstOf = <T>(values: readonly string[], among: ReadonlyMap<string, T>): T | undefined =>
  values.map((value) => among.get(value)).find((found) => found !== undefined);

/** Whether a node is a convolution over neighbouring places. */
const convolvesPlaces = (node: Node): boolean =>
  is(node, 'layer', 'convolution') && sizeOf(intsOf(node, 'kernel_shape') ?? [1]) > 1;

const placed = (model: Classifier, value: string): CamLayer =>
  isSequence(model, value)
    ? tokensAt(model, value)
    : { value, ...(isLastMap(model, value) && { last: true }) };

/** The linear layer that makes a sequence the keys and values of an attention over the tokens before it. */
function projectionOf({ graph, shapes }: Classifier, value: string): Node | undefined {
  const producers = producersOf(graph);
  const made = producers.get(value);
  const layers = made?.op === 'Add' ? made.inputs.map((v) => producers.get(v)) : [made];
  const readers = graph.nodes.filter((node) => node.inputs.includes(value));
  const toHeads = (node: Node) =>
    is(node, 'moves', 'cut') ||
    (is(node, 'moves', 'in-order') && shapes.get(node.outputs[0]!)!.dims.length > 3);
  return readers.every(toHeads) ? layers.find((node) => node && is(node, 'layer', 'linear')) : undefined;
}

/** Whether every reader of a sequence picks single tokens of it, or such as show no place: class tokens. */
function readsOnePlace(model: Classifier, sequence: string): boolean {
  const { graph, shapes, output } = model;
  const onTheWay = ancestors(graph, output);
  const rank = shapes.get(sequence)!.dims.length;
  const readers = graph.nodes.filter(
    (node) => node.inputs.includes(sequence) && node.outputs.some((v) => onTheWay.has(v)),
  );
  return readers.every((node) => {
    if (!is(node, 'moves', 'picked', 'cut')) return false;
    const used = node.outputs.filter((v) => onTheWay.has(v));
    return used.every((v) => {
      const { dims } = shapes.get(v)!;
      return dims.length < rank || dims[1] === 1 || isNowhere(model, v);
    });
  });
}

function lastTokens(model: Classifier, onTheWay: ReadonlySet<string>): string | undefined {
  const last = tokenAttention(model).at(-1)?.[0];
  if (!last) return undefined;
  if (last.layout === 'windows') {
    throw optionError(
      "the model attends over windows, or over each of several images; give option 'layer' (a value [N, C, h, w] or [N, T, C])",
      'layer',
    );
  }
  const tokens = tokensInto(model, last);
  return tokens !== undefined && onTheWay.has(tokens) ? tokens : undefined;
}

function named(model: Classifier, given: string): CamLayer {
  const name = model.aliases?.get(given) ?? given;
  const shape = model.shapes.get(name);
  if (!shape) {
    const known = [...model.shapes.keys()].filter((value) => isMap(model, value));
    throw unknownLayer(model, given, known);
  }
  if (name === model.input.name)
    throw usageError(`layer '${given}' is the model's input; a class activation map needs a layer behind it`);
  if (isLastMap(model, name)) return { value: name, last: true };
  if (isInsideAttention(model, name)) {
    throw usageError(
      `layer '${given}' [${shape.dims}] lies inside an attention, where axes are heads and tokens; a class activation map needs [N, C, h, w], or the tokens [N, T, C] that go in or come out`,
    );
  }
  if (isMap(model, name) && fitsMap(model, name)) return { value: name };
  const known = rolesOf(model).get(name);
  const sequence = known?.every((role, i) => role === undefined || role === ['batch', 'space', 'channel'][i]);
  if (shape.dims.length === 3 && isRow(shape) && (sequence ?? true)) return tokensAt(model, name);
  if (shape.dims.length > 3 && shape.dims.slice(2).every((size) => size === 1))
    throw usageError(
      `layer '${given}' [${shape.dims}] has one position, as behind a global pooling: its map would be flat; a class activation map needs a layer before it`,
    );
  const roles = rolesOf(model)
    .get(name)
    ?.map((role) => role ?? '?');
  throw usageError(
    `layer '${given}'${roles ? ` (${roles.join(', ')})` : ''} has shape [${shape.dims}]; a class activation map needs [N, C, h, w], or the tokens [N, T, C] of a transformer`,
  );
}

/**
 * Whether a value is computed between the queries and keys of an attention and its probabilities, or is one
 * head's part `[N, heads, T, D]` of what these multiply.
 */
function isInsideAttention({ graph, shapes }: Classifier, value: string): boolean {
  const before = ancestors(graph, value);
  const byHead = shapes.get(value)!.dims.length > 3;
  return attentionLayers(graph, shapes)
    .flat()
    .some(({ score, probabilities }) => {
      if (before.has(score.outputs[0]!) && ancestors(graph, probabilities).has(value)) return true;
      const products = graph.nodes.filter(({ inputs }) => inputs.includes(probabilities));
      return byHead && [score, ...products].some((n) => [...n.inputs, ...n.outputs].includes(value));
    });
}

/** Whether the known axis roles of a value agree with `[N, C, h, w]`, or `[N, C, d, h, w]` of a volume. */
function fitsMap(model: Classifier, value: string): boolean {
  const roles = rolesOf(model).get(value) ?? [];
  return roles.every((role, axis) => role === undefined || role === (['batch', 'channel'][axis] ?? 'space'));
}

/** The grid of a block's tokens; `undefined` when they fit no grid. */
function gridIfAny(model: Classifier, block: AttentionBlock): TokenGrid | undefined {
  try {
    return tokenGrid(model, block);
  } catch (error) {
    if (error instanceof SightlineError) return undefined;
    throw error;
  }
}

function tokensAt(model: Classifier, value: string): CamLayer {
  const count = model.shapes.get(value)!.dims[1]!;
  if (isSignal(model) && hasRoles(model, value, 'batch', 'space', 'channel'))
    return { value, grid: { tokens: count, first: 0, size: [1, count] } };
  const told = gridTold(model, value, count);
  if (told) return { value, grid: told };
  const whole = tokenAttention(model)
    .flat()
    .find(({ layout, queries, keys }) => layout !== 'windows' && queries === keys);
  const grid = whole && gridIfAny(model, whole);
  if (grid?.tokens === count) return { value, grid };
  const { first, count: patches } = joinedAt(model, ancestors(model.graph, value), count) ?? {
    first: 0,
    count,
  };
  const size = grid && sizeOf(grid.size) === patches ? grid.size : fittingGrid(model, patches, 0);
  return { value, grid: { tokens: count, first, size } };
}
