import { int, string } from '../../../attributes.js';
import type { Rule } from '../../../backward.js';

/** ONNX Runtime's CPU kernel tells where each maximum stood in the whole input; the others don't. */
export const maxPoolByPlaces: Rule = (node, [dy], { emitAll, reshape, shapeOf, emit }) => {
  const x = node.inputs[0]!;
  const places =
    node.outputs[1] || emitAll('MaxPool', [x], 2, { ...node.attributes, storage_order: int(0) })[1]!;
  const flat = (value: string) => reshape(value, [-1]);
  const shape = shapeOf(x);
  const none = emit('ConstantOfShape', [emit('ReduceProd', [shape])]);
  const sums = emit('ScatterElements', [none, flat(places), flat(dy!)], {
    axis: int(0),
    reduction: string('add'),
  });
  return [emit('Reshape', [sums, shape])];
};
