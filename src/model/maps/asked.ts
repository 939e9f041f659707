import type { AttentionBlock } from '../../graph/attention.js';
import { is } from '../../graph/catalogue/index.js';
import { onEveryPath } from '../../graph/dominators.js';
import { ancestors } from '../../graph/order.js';
import { sizeOf } from '../../tensor/tensor.js';
import { isPlaneOf } from '../axes.js';
import type { Classifier } from '../classifier.js';
import { tokenAttention } from './entry.js';
import { imageIn } from './image-in.js';
import { isFirstMap, isLastMap, isMap, isSequence, mapsOf } from './maps.js';
import { shownBy } from './shown.js';
import { behindLayers } from './streams.js';

/** The values behind a layer that are maps or token sequences by their axes. */
export function layersIn(model: Classifier): ReadonlySet<string> {
  const { graph } = model;
  const maps = mapsOf(model);
  const forms = [isFirstMap, isLastMap, isSequence];
  const made = behindLayers(graph);
  // A border would take its part in the map.
  const padded = new Set<string>();
  for (const { op, inputs, outputs } of graph.nodes)
    if (op === 'Pad' || (op === 'Transpose' && padded.has(inputs[0]!))) padded.add(outputs[0]!);
  const isLayer = (value: string) =>
    !padded.has(value) && (maps.has(value) || forms.some((isOne) => isOne(model, value)));
  return new Set([...made].filter(isLayer));
}

/** The output of several axes that a target asks about, and the values that it depends on. */
function askedOf({ asked, shapes, graph }: Classifier) {
  const dims = asked === undefined ? undefined : shapes.get(asked)?.dims;
  if (asked === undefined || dims === undefined || dims.length < 3) return undefined;
  return { asked, dims, before: ancestors(graph, asked) };
}

/**
 * The last of the coarsest maps `[N, C, h, w]` behind an output of positions that a target asks about: the
 * bottleneck of a U-Net (Vinogradova et al. 2020, arXiv:2002.11434), or of boxes and findings, whose branches
 * have maps of their own, the last of the coarsest ones that all of them read. Maps that are scores of the
 * classes already, and the target's own, would show the question and not what it is answered by. None where
 * tokens attend behind it or, on the way to an output of places, attend that are about as coarse.
 */
export function lastCoarse(model: Classifier): string | undefined {
  const wanted = askedOf(model);
  if (!wanted) return undefined;
  const { asked, dims, before } = wanted;
  const { shapes } = model;
  const ofPlaces = hasPlaces(model, asked);
  const read = ofPlaces ? before : readByAll(model, asked);
  const area = (value: string) => sizeOf(shapes.get(value)!.dims.slice(2));
  const maps = [...mapsOf(model)].filter(
    (value) => value !== asked && read.has(value) && shapes.get(value)!.dims[1] !== dims[1],
  );
  const least = Math.min(...maps.map(area));
  const last = maps.findLast((value) => area(value) === least);
  if (last === undefined) return undefined;
  const attention = attentionIn(model, before);
  if (ofPlaces)
    return attention.some(({ queries, keys }) => Math.min(queries, keys) < 2 * least) ? undefined : last;
  const passed = ancestors(model.graph, last);
  return attention.every(({ probabilities }) => passed.has(probabilities)) ? last : undefined;
}

/** The values that lie on every path to an output and that a layer follows on the way: no scores already. */
function readByAll(model: Classifier, output: string): ReadonlySet<string> {
  const { graph } = model;
  const before = ancestors(graph, output);
  const followed = new Set<string>();
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((made) => before.has(made))) continue;
    if (is(node, 'layer') || node.outputs.some((made) => followed.has(made)))
      for (const value of node.inputs) followed.add(value);
  }
  return new Set(onEveryPath(graph, imageIn(model), output).filter((value) => followed.has(value)));
}

/** The attention over tokens whose probabilities are among some values. */
const attentionIn = (model: Classifier, among: ReadonlySet<string>): readonly AttentionBlock[] =>
  tokenAttention(model)
    .flat()
    .filter(({ probabilities }) => among.has(probabilities));

/** Whether an output has a number for each place of the image, and not for each box or finding. */
const hasPlaces = (model: Classifier, output: string): boolean =>
  isMap(model, output) || isPlaneOf(model, output);

/**
 * The last layer of the coarsest, maps or tokens, that all passes which comes from the last attention: no
 * residual connection leads around it. None where tokens of classes are read beside those of patches.
 */
export function lastOfCoarsest(model: Classifier): string | undefined {
  const wanted = askedOf(model);
  if (!wanted || !hasPlaces(model, wanted.asked)) return undefined;
  const { asked, dims, before } = wanted;
  const { graph, shapes } = model;
  const channels = (value: string) => shapes.get(value)!.dims.at(isFirst(model, value) ? 1 : -1);
  const layers = [...layersIn(model)].filter(
    (value) =>
      value !== asked && before.has(value) && channels(value) !== dims[1] && !isNowhere(model, value),
  );
  const least = Math.min(...layers.map((value) => placesAt(model, value)));
  const coarsest = new Set(layers.filter((value) => placesAt(model, value) === least));
  const [attention] = attentionIn(model, before).slice(-1);
  return attention && onEveryPath(graph, attention.probabilities, asked).findLast((v) => coarsest.has(v));
}

/** Whether a value comes before the output that a target asks about, whose own steps show the question. */
export function isBeforeAsked(model: Classifier): (value: string) => boolean {
  const wanted = askedOf(model);
  return (value) => wanted === undefined || (value !== wanted.asked && wanted.before.has(value));
}

/** Whether a target asks about one of several numbers, of boxes or findings, without places of their own. */
export function asksOfQueries(model: Classifier): boolean {
  const wanted = askedOf(model);
  return wanted !== undefined && !hasPlaces(model, wanted.asked);
}

/** Whether a layer has its channels behind the batch. */
const isFirst = (model: Classifier, value: string): boolean =>
  !isSequence(model, value) && !isLastMap(model, value);

/** Whether no part of a value comes from a place in the image, as detection or class tokens do not. */
export function isNowhere(model: Classifier, value: string): boolean {
  const shown = shownBy(model).get(value);
  return shown !== undefined && 'origins' in shown && shown.origins.at.every((at) => at.every(Number.isNaN));
}

/** How many places a map or a sequence has. */
export function placesAt(model: Classifier, value: string): number {
  const { dims } = model.shapes.get(value)!;
  return sizeOf(
    isSequence(model, value) ? [dims[1]!] : isLastMap(model, value) ? dims.slice(1, -1) : dims.slice(2),
  );
}
