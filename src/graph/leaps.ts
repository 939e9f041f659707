import { floatOf } from './attributes.js';
import type { Node } from './graph.js';

/** Whether a node leaps between two parts that have slopes, which its derivative does not show. */
export function leaps(node: Node): boolean {
  if (node.domain !== '') return false;
  if (node.op === 'ThresholdedRelu') return floatOf(node, 'alpha', 1) !== 0;
  if (node.op === 'Shrink') return floatOf(node, 'bias', 0) !== floatOf(node, 'lambd', 0.5);
  return node.op === 'Mod';
}
