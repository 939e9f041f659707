import type { AttentionLayer } from '../../graph/attention.js';
import { is } from '../../graph/catalogue/index.js';
import { onEveryPath } from '../../graph/dominators.js';
import type { Graph } from '../../graph/graph.js';
import { ancestors } from '../../graph/order.js';
import type { Classifier } from '../classifier.js';
import { imageIn } from './image-in.js';

/** The values that a layer with weights, or one over maps, has part in: those before are the image. */
export function behindLayers({ nodes }: Graph): ReadonlySet<string> {
  const behind = new Set<string>();
  for (const node of nodes) {
    if (is(node, 'layer') || is(node, 'channels') || node.inputs.some((v) => behind.has(v)))
      for (const made of node.outputs) behind.add(made);
  }
  return behind;
}

/**
 * The first attention layer whose blocks attend in networks side by side, or to several images: no value
 * behind the layer before it lies on every path to all of them. Blocks that are heads of one attention have
 * such a value, their tokens.
 */
export function sideBySide(model: Classifier, layers: readonly AttentionLayer[]): AttentionLayer | undefined {
  const { graph, shapes } = model;
  const image = imageIn(model);
  const behind = behindLayers(graph);
  const areTokens = (value: string) => behind.has(value) || shapes.get(value)?.dims.length === 3;
  return layers.find((layer, i) => {
    const before = layers[i - 1] ?? [];
    if (layer.length === 1 && before.length <= 1) return false;
    const queries = layer.map(({ score }) => score.inputs[0]!);
    const all = {
      name: 'all',
      op: 'Concat',
      domain: '',
      inputs: queries,
      outputs: ['sl.all'],
      attributes: {},
    };
    const shared = onEveryPath({ ...graph, nodes: [...graph.nodes, all] }, image, 'sl.all').filter(
      (value) => value !== 'sl.all' && areTokens(value),
    );
    return !shared.some((value) => {
      const made = ancestors(graph, value);
      return before.every(({ probabilities }) => made.has(probabilities));
    });
  });
}

/**
 * Whether the output depends on the input by ways that part before the tokens of an attention: none of the
 * values that these are made of behind a layer lies on all of them.
 */
export function hasBranches(model: Classifier, tokens: string): boolean {
  const { graph, output, shapes } = model;
  const behind = behindLayers(graph);
  const before = ancestors(graph, tokens);
  const rank = (value: string) => shapes.get(value)?.dims.length ?? 0;
  return !onEveryPath(graph, imageIn(model), output).some(
    (value) => behind.has(value) && rank(value) > 2 && (value === tokens || before.has(value)),
  );
}
