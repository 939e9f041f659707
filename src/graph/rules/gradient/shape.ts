import type { Rule } from '../../backward.js';

/** The same values in another shape. */
const reshaped: Rule = (node, [dy], walk) => [
  walk.emit('Reshape', [dy!, walk.emit('Shape', [node.inputs[0]!])]),
];

export const Reshape = reshaped;
export const Flatten = reshaped;
export const Squeeze = reshaped;
export const Unsqueeze = reshaped;

export const Identity: Rule = (_, [dy]) => [dy];
export const Dropout: Rule = (_, [dy]) => [dy];
