import { elementwise } from '../../backward.js';
import { linear } from './linear.js';
import { both, difference, type MultiplierRule } from './pairing.js';

/**
 * y = c ? a : b. Where both runs choose the same input, it gets m. Where they differ, the input chosen at x
 * gets the whole quotient of changes, or the other one if the chosen input does not change. For two functions
 * of one value, this is Rescale of the whole function.
 */
export const choice: MultiplierRule = (node, multipliers, walk, pairing) => {
  const { mul, sub, equal, where, div } = walk;
  const [c, a, b] = node.inputs as [string, string, string];
  const c0 = pairing.partner(c);
  if (c0 === c) return linear(node, multipliers, walk, pairing);
  return elementwise((_, [m]) => {
    const change = mul(m!, sub(...both(node.outputs[0]!, walk, pairing)));
    const [da, db] = [difference(a, walk, pairing), difference(b, walk, pairing)];
    const still = (d: string) => equal(d, 0);
    const quotient = (d: string) => where(still(d), 0, div(change, d));
    // b gets the change where a is chosen and does not change, or b is chosen and changes.
    const other = still(where(c, da, where(still(db), 1, 0)));
    const same = equal(c, c0);
    return [
      undefined,
      where(same, where(c, m!, 0), where(other, 0, quotient(da))),
      where(same, where(c, 0, m!), where(other, quotient(db), 0)),
    ];
  })(node, multipliers, walk);
};
