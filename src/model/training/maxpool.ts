import { int, string } from '../../graph/attributes.js';
import type { Rule } from '../../graph/backward.js';
import { int64 } from '../../graph/elements.js';
import { reshape, reshapeLike } from '../../graph/rules/formula.js';

/** dx: each window's dy is added at the position of its maximum, which the forward pass has noted. */
export const trainingMaxPool: Rule = (node, [dy], walk) => {
  const x = node.inputs[0]!;
  const indices = node.outputs[1]!;
  const length = walk.emit('Size', [x]);
  const zeros = walk.emit('ConstantOfShape', [reshape(walk, length, [1])]);
  const flat = (value: string) => walk.emit('Reshape', [value, walk.constant(int64([-1]))]);
  const added = walk.emit('ScatterElements', [zeros, flat(indices), flat(dy!)], {
    axis: int(0),
    reduction: string('add'),
  });
  return [reshapeLike(walk, added, x)];
};
