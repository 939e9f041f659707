import type { Rule, Walk } from '../../backward.js';
import * as f from '../formula.js';
import { layerOf } from '../relevance/layer.js';
import type { Surroundings } from '../relevance/surroundings.js';

/**
 * The box rule of the layer that sees the image, between each image's own least and greatest value l and h:
 * z = W x - W+ l - W- h, R_in = x W'(R / z) - l W+'(R / z) - h W-'(R / z). The bias is left out.
 */
export const boxOfImage =
  (around: Surroundings): Rule =>
  (node, [relevance], walk) => {
    const layer = layerOf(node, walk, around)!;
    const x = layer.input;
    const parts = [
      { input: x, weight: layer.weight },
      { input: bound(walk, 'ReduceMin', x), weight: walk.emit('Relu', [layer.weight]) },
      { input: bound(walk, 'ReduceMax', x), weight: f.min(walk, layer.weight, 0) },
    ];
    const less = (values: readonly string[]) => values.reduce((a, b) => f.sub(walk, a, b));
    const z = less(parts.map(({ input, weight }) => layer.forward(walk, input, weight, undefined)));
    const share = walk.like(f.div(walk, relevance!, f.add(walk, z, 1e-9)), node.outputs[0]!);
    const back = less(parts.map(({ input, weight }) => f.mul(walk, input, layer.back(walk, weight, share))));
    return node.inputs.map((v) => (v === x ? walk.like(back, x) : undefined));
  };

/** Each image's least or greatest value, in the image's shape. */
function bound(walk: Walk, op: 'ReduceMin' | 'ReduceMax', x: string): string {
  const axes = f.range(walk.shape(x).dims.length).slice(1);
  return walk.like(f.expandLike(walk, f.reduce(walk, op, x, axes), x), x);
}
