import type { Rule, Walk } from '../../backward.js';
import { range } from '../../shapes.js';
import type { GraphFacts } from '../relevance/graph-facts.js';
import { layerOf } from '../relevance/layer.js';

/**
 * z = W x - W+ l - W- h, R_in = x W'(R / z) - l W+'(R / z) - h W-'(R / z): the box rule (z^B) of the first
 * layer, with l and h the minimum and maximum of each image. The bias is left out.
 */
export const boxOfImage =
  (facts: GraphFacts): Rule =>
  (node, [relevance], walk) => {
    const { relu, min, sub, div, add, mul } = walk;
    const layer = layerOf(node, walk, facts)!;
    const x = layer.input;
    const parts = [
      { input: x, weight: layer.weight },
      { input: bound(walk, 'ReduceMin', x), weight: relu(layer.weight) },
      { input: bound(walk, 'ReduceMax', x), weight: min(layer.weight, 0) },
    ];
    const less = (values: readonly string[]) => values.reduce((a, b) => sub(a, b));
    const z = less(parts.map(({ input, weight }) => layer.forward(walk, input, weight, undefined)));
    const share = walk.sameShape(div(relevance!, add(z, 1e-9)), node.outputs[0]!);
    const back = less(parts.map(({ input, weight }) => mul(input, layer.back(walk, weight, share))));
    return node.inputs.map((v) => (v === x ? walk.sameShape(back, x) : undefined));
  };

/** The minimum or maximum of each image, expanded to the shape of the images. */
function bound(
  { shape, sameShape, expandLike, reduce }: Walk,
  op: 'ReduceMin' | 'ReduceMax',
  x: string,
): string {
  const axes = range(shape(x).dims.length).slice(1);
  return sameShape(expandLike(reduce(op, x, axes), x), x);
}
