import type { Builder } from '../../graph/builder.js';
import { numbers } from '../../graph/elements.js';
import type { Node } from '../../graph/graph.js';

/**
 * ReLU, and ReLU6 as exporters write it: a clip that begins at 0. One that keeps a divisor from 0, or values within [0, 1]
 * as images and gates are, rectifies nothing.
 */
export function isRectifier({ op, domain, inputs: [, low, high] }: Node, { known }: Pick<Builder, 'known'>) {
  if (domain !== '') return false;
  if (op === 'Relu') return true;
  if (op !== 'Clip') return false;
  const bound = (value = '') => {
    const constant = known(value);
    return constant && numbers(constant)[0];
  };
  return bound(low) === 0 && (!high || bound(high)! > 1);
}
