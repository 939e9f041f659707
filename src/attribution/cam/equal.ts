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
  const rank = model.shapes.get(value)!.dims.length;
  const positions = grid ? [1] : range(rank).slice(last ? 1 : 2, last ? -1 : undefined);
  return readsMeans(model, value, positions)
    ? [
        `the model reads no more of layer '${value}' than its means over the positions: the map is that of gradcam`,
      ]
    : [];
}

/** Whether all that a network reads of a value are means over these axes, its axes moved or not. */
function readsMeans(model: Classifier, value: string, positions: readonly number[]): boolean {
  const { graph, shapes } = model;
  const rank = shapes.get(value)?.dims.length;
  const readers = graph.nodes.filter(({ inputs }) => inputs.includes(value));
  if (rank === undefined || readers.length === 0 || graph.outputs.some(({ name }) => name === value))
    return false;
  const constants = (node: Node) => {
    const given = graph.initializers.get(node.inputs[1] ?? '');
    return given ? Array.from(numbers(given)) : intsOf(node, 'axes');
  };
  return readers.every((node) => {
    if (is(node, 'pools', 'all'))
      return node.op === 'GlobalAveragePool' && positions.every((axis) => axis > 1);
    if (node.op === 'ReduceMean' || node.op === 'ReduceSum') {
      const reduced = new Set((constants(node) ?? []).map((axis) => (axis < 0 ? axis + rank : axis)));
      return positions.every((axis) => reduced.has(axis));
    }
    const moved = movedAxes(node, rank, constants(node));
    return moved !== undefined && readsMeans(model, node.outputs[0]!, positions.map(moved));
  });
}

/** Where a node puts each axis of its input, if it does no more than move axes. */
function movedAxes(
  node: Node,
  rank: number,
  axes: readonly number[] | undefined,
): ((axis: number) => number) | undefined {
  if (node.op === 'Identity') return (axis) => axis;
  if (node.op === 'Transpose') {
    const order = intsOf(node, 'perm') ?? range(rank).toReversed();
    return (axis) => order.indexOf(axis);
  }
  if (node.op !== 'Unsqueeze' || axes === undefined) return undefined;
  const added = new Set(axes.map((axis) => (axis < 0 ? axis + rank + axes.length : axis)));
  const kept = range(rank + axes.length).filter((axis) => !added.has(axis));
  return (axis) => kept[axis]!;
}

const signs = new WeakMap<Graph, ReadonlySet<string>>();

/** The note that a layer has no negative values: negative products are those of negative gradients. */
export function asLayercam({ graph }: Classifier, { value }: CamLayer): readonly string[] {
  const known = signs.get(graph) ?? nonNegativeValues(graph);
  signs.set(graph, known);
  return known.has(value) ? [`layer '${value}' is nowhere negative: the map is that of layercam`] : [];
}
