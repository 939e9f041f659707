import { intsOf } from '../../graph/attributes.js';
import { is } from '../../graph/catalogue/index.js';
import { numbers } from '../../graph/elements.js';
import type { Graph, Node } from '../../graph/graph.js';
import { range } from '../../graph/shapes.js';
import { nonNegativeValues } from '../../graph/signs.js';
import type { Classifier } from '../../model/classifier.js';
import type { CamLayer } from '../../model/maps/layer.js';

/**
 * The note that a layer's gradients are the same at all its positions, as where their mean is all that the
 * network reads of it: weighted by them, it is the map of Grad-CAM.
 */
export function asGradcam(model: Classifier, { value, grid, last }: CamLayer): readonly string[] {
  const { graph, shapes } = model;
  const rank = shapes.get(value)!.dims.length;
  const positions = grid ? [1] : range(rank).slice(last ? 1 : 2, last ? -1 : undefined);
  const averages = (node: Node) => {
    if (is(node, 'pools', 'all')) return node.op === 'GlobalAveragePool' && !last && !grid;
    if (node.op !== 'ReduceMean' && node.op !== 'ReduceSum') return false;
    const given = graph.initializers.get(node.inputs[1] ?? '');
    const axes = given ? Array.from(numbers(given)) : (intsOf(node, 'axes') ?? []);
    const reduced = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)));
    return positions.every((axis) => reduced.has(axis));
  };
  const readers = graph.nodes.filter(({ inputs }) => inputs.includes(value));
  const isOutput = graph.outputs.some(({ name }) => name === value);
  return readers.length > 0 && !isOutput && readers.every(averages)
    ? [
        `the model reads no more of layer '${value}' than its means over the positions: the map is that of gradcam`,
      ]
    : [];
}

const signs = new WeakMap<Graph, ReadonlySet<string>>();

/** The note that a layer has no negative values: negative products are those of negative gradients. */
export function asLayercam({ graph }: Classifier, { value }: CamLayer): readonly string[] {
  const known = signs.get(graph) ?? nonNegativeValues(graph);
  signs.set(graph, known);
  return known.has(value) ? [`layer '${value}' is nowhere negative: the map is that of layercam`] : [];
}
