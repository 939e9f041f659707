import { elementwise } from '../../backward.js';

/** y = a + b */
export const Add = elementwise((_, [dy]) => [dy, dy]);

/** y = a - b */
export const Sub = elementwise((node, [dy], walk) => [
  dy,
  walk.wanted(node.inputs[1]!) ? walk.emit('Neg', [dy!]) : undefined,
]);

/** y = a b */
export const Mul = elementwise(({ inputs: [a, b] }, [dy], walk) => [
  walk.wanted(a!) ? walk.emit('Mul', [dy!, b!]) : undefined,
  walk.wanted(b!) ? walk.emit('Mul', [dy!, a!]) : undefined,
]);
