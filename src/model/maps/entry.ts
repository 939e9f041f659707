import {
  type AttentionBlock,
  type AttentionLayer,
  attentionLayers,
  quantises,
} from '../../graph/attention.js';
import { is } from '../../graph/catalogue/index.js';
import { onEveryPath } from '../../graph/dominators.js';
import type { Node } from '../../graph/graph.js';
import { dependents, producersOf } from '../../graph/order.js';
import { hasRoles, rolesOf } from '../axes.js';
import type { Classifier } from '../classifier.js';
import { imageIn } from './image-in.js';

const keepsAll = (node: Node) => quantises(node) || is(node, 'moves', 'in-order', 'reordered');
/** Operators that may lie between a block's queries and the linear layer that computes them. */
const between = (node: Node) =>
  quantises(node) || is(node, 'moves') || (is(node, 'pointwise', 2) && is(node, 'linear'));

/** Whether a block attends over channels (cross-covariance attention) rather than tokens. */
export function mixesChannels(model: Classifier, { probabilities }: AttentionBlock): boolean {
  return rolesOf(model).get(probabilities)?.at(-1) === 'channel';
}

/** The attention layers over tokens; leaves out those over channels. */
export const tokenAttention = (model: Classifier): readonly AttentionLayer[] =>
  attentionLayers(model.graph, model.shapes)
    .map((layer) => layer.filter((block) => !mixesChannels(model, block)))
    .filter((layer) => layer.length > 0);

/**
 * The tokens `[N, T, D]` from which a block computes its queries; `undefined` when no value of that shape is
 * found.
 */
export function tokensInto(model: Classifier, block: AttentionBlock): string | undefined {
  return straightInto(model, block) ?? commonInto(model, block);
}

/**
 * Finds them as the last value of that shape on every path from the input to the queries, before the linear
 * layer of the queries.
 */
function commonInto(model: Classifier, block: AttentionBlock): string | undefined {
  const { graph, shapes } = model;
  const fits = (value: string) =>
    hasRoles(model, value, 'batch', 'space', 'channel') &&
    shapes.get(value)!.dims[1] === block.keys &&
    shapes.get(value)!.type === 'float32';
  const last = onEveryPath(graph, imageIn(model), block.score.inputs[0]!).findLast(fits);
  if (last === undefined) return undefined;
  const producers = producersOf(graph);
  const depends = dependents(graph);
  const single = (node: Node | undefined) => {
    const active = node?.inputs.filter((v) => depends.has(v)) ?? [];
    return active.length === 1 ? active[0] : undefined;
  };
  /** Whether a node takes a part of the channels, as of a projection of queries, keys and values at once. */
  const parts = ({ inputs, outputs }: Node) =>
    shapes.get(inputs[0]!)?.dims[2] !== shapes.get(outputs[0]!)?.dims[2];
  const maker = (value = ''): Node | undefined => {
    const node = producers.get(value);
    const isPassed = node && (quantises(node) || (is(node, 'moves', 'cut') && parts(node)));
    return isPassed ? maker(single(node)) : node;
  };
  const made = maker(last);
  const layer = made?.op === 'Add' ? maker(single(made)) : made;
  const before = layer && is(layer, 'layer', 'linear') ? single(layer) : undefined;
  return before !== undefined && fits(before) ? before : last;
}

/** Finds them by following the queries back while each node has one input that depends on the image. */
function straightInto({ graph, shapes }: Classifier, block: AttentionBlock): string | undefined {
  const producers = producersOf(graph);
  const depends = dependents(graph);
  let value = block.score.inputs[0]!;
  for (let layers = 0; ; ) {
    const { dims, batchAxis, type } = shapes.get(value)!;
    const fits = dims.length === 3 && batchAxis === 0 && dims[1] === block.keys;
    if (layers === 1 && fits && type === 'float32') return value;
    const node = producers.get(value);
    const active = node?.inputs.filter((v) => depends.has(v)) ?? [];
    if (!node || active.length !== 1) return undefined;
    if (is(node, 'layer', 'linear')) layers++;
    else if (!(layers === 0 ? between : keepsAll)(node)) return undefined;
    if (layers > 1) return undefined;
    value = active[0]!;
  }
}
