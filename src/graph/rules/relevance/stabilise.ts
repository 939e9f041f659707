import type { Builder } from '../../builder.js';
import { scalar } from '../../elements.js';

/** What is added to the size of denominators where a rule says nothing else. */
export const stabiliser = 1e-6;

/** z + epsilon sign(z) with sign(0) = 1. A sign that is known already saves the comparison. */
export function stabilised(
  builder: Builder,
  z: string,
  epsilon: number,
  sign?: 'positive' | 'negative',
): string {
  const constant = (value: number) => builder.constant(scalar(value));
  if (sign) return builder.emit('Add', [z, constant(sign === 'positive' ? epsilon : -epsilon)]);
  const below = builder.emit('Less', [z, constant(0)]);
  return builder.emit('Add', [z, builder.emit('Where', [below, constant(-epsilon), constant(epsilon)])]);
}
