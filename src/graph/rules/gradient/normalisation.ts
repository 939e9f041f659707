import { floatOf } from '../../attributes.js';
import type { Rule } from '../../backward.js';
import { int64, scalar } from '../../elements.js';

/** y = (x - mean) / sqrt(var + epsilon) scale + bias, with the running statistics: dx = dy scale / sqrt(var + epsilon). */
export const BatchNormalization: Rule = (node, [dy], walk) => {
  const [x, scale, , , variance] = node.inputs as [string, string, string, string, string];
  const epsilon = walk.constant(scalar(floatOf(node, 'epsilon', 1e-5)));
  const deviation = walk.emit('Sqrt', [walk.emit('Add', [variance, epsilon])]);
  const factor = walk.emit('Div', [scale, deviation]);
  const spatial = walk
    .shape(x)
    .dims.slice(2)
    .map(() => 1);
  const perChannel = walk.emit('Reshape', [factor, walk.constant(int64([-1, ...spatial]))]);
  return [walk.emit('Mul', [dy!, perChannel])];
};
