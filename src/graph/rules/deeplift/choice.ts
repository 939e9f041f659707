import { elementwise } from '../../backward.js';
import * as f from '../formula.js';
import { linear } from './linear.js';
import { both, difference, type MultiplierRule } from './pairing.js';

/**
 * y = c ? a : b. Where both runs choose the same, that one takes all; where they choose differently, the one that is chosen now
 * takes the whole quotient of changes, or the other where the chosen one does not change. Of two functions of one value this is
 * their joint quotient, as Rescale has it.
 */
export const choice: MultiplierRule = (node, multipliers, walk, pairing) => {
  const [c, a, b] = node.inputs as [string, string, string];
  const c0 = pairing.partner(c);
  if (c0 === c) return linear(node, multipliers, walk, pairing);
  return elementwise((_, [m]) => {
    const change = f.mul(walk, m!, f.sub(walk, ...both(node.outputs[0]!, walk, pairing)));
    const [da, db] = [difference(a, walk, pairing), difference(b, walk, pairing)];
    const still = (d: string) => f.equal(walk, d, 0);
    const quotient = (d: string) => f.where(walk, still(d), 0, f.div(walk, change, d));
    // b takes the change where a is chosen and still, or b is chosen and not.
    const other = still(f.where(walk, c, da, f.where(walk, still(db), 1, 0)));
    const same = f.equal(walk, c, c0);
    return [
      undefined,
      f.where(walk, same, f.where(walk, c, m!, 0), f.where(walk, other, 0, quotient(da))),
      f.where(walk, same, f.where(walk, c, 0, m!), f.where(walk, other, quotient(db), 0)),
    ];
  })(node, multipliers, walk);
};
