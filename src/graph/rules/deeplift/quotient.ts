import { elementwise } from '../../backward.js';
import type { MultiplierRule } from './pairing.js';
import { both, midpoint } from './pairing.js';

/**
 * y = a / b = a r with r = 1 / b: m_a = m (r + r0) / 2, and since r - r0 = -(b - b0) / (b b0), m_b = -m (a +
 * a0) / 2 / (b b0). No term is divided by a difference.
 */
export const quotient: MultiplierRule = (node, multipliers, walk, pairing) =>
  elementwise((_, [m]) => {
    const [a, b] = node.inputs as [string, string];
    const [right, right0] = both(b, walk, pairing);
    const inverse = walk.mul(0.5, walk.add(walk.div(1, right), walk.div(1, right0)));
    const below = walk.div(midpoint(a, walk, pairing), walk.mul(right, right0));
    return [walk.mul(m!, inverse), walk.neg(walk.mul(m!, below))];
  })(node, multipliers, walk);
