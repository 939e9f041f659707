import type { Node } from '../../graph/graph.js';

/** ReLU, and ReLU6 as exporters write it. */
export const isRectifier = ({ op, domain }: Node): boolean =>
  domain === '' && (op === 'Relu' || op === 'Clip');
