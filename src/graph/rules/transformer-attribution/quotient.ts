import type { Builder } from '../../builder.js';
import * as f from '../formula.js';

const stabiliser = 1e-9;

/** a / (b + 1e-9), and 0 where b is 0: the division of the authors' code, whatever b's sign. */
export function safeQuotient(builder: Builder, a: string, b: string): string {
  const shifted = f.add(builder, b, stabiliser);
  const below = f.where(builder, f.equal(builder, shifted, 0), stabiliser, shifted);
  return f.where(builder, f.equal(builder, b, 0), 0, f.div(builder, a, below));
}
