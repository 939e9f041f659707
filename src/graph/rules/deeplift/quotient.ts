import { elementwise } from '../../backward.js';
import * as f from '../formula.js';
import type { MultiplierRule } from './pairing.js';
import { both, midpoint } from './pairing.js';

/**
 * y = a / b = a r with r = 1 / b: m_a = m (r + r0) / 2, and as r - r0 = -(b - b0) / (b b0),
 * m_b = -m (a + a0) / 2 / (b b0). Nothing is divided by a difference.
 */
export const quotient: MultiplierRule = (node, multipliers, walk, pairing) =>
  elementwise((_, [m]) => {
    const [a, b] = node.inputs as [string, string];
    const [right, right0] = both(b, walk, pairing);
    const inverse = f.mul(walk, 0.5, f.add(walk, f.div(walk, 1, right), f.div(walk, 1, right0)));
    const below = f.div(walk, midpoint(a, walk, pairing), f.mul(walk, right, right0));
    return [f.mul(walk, m!, inverse), f.neg(walk, f.mul(walk, m!, below))];
  })(node, multipliers, walk);
