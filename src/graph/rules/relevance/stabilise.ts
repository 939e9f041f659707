import { sizeOf } from '../../../tensor/tensor.js';
import type { Builder } from '../../builder.js';
import { float32, scalar } from '../../elements.js';

/** What is added to the size of denominators where a rule says nothing else. */
export const stabiliser = 1e-6;

/**
 * z + epsilon sign(z) with sign(0) = 1. A sign that is known already saves the comparison; what is added then
 * has `shape`, one of those that broadcast to z's.
 */
export function stabilised(
  builder: Builder,
  z: string,
  epsilon: number,
  sign?: 'positive' | 'negative',
  shape: readonly number[] = [],
): string {
  const { add, less, where } = builder;
  const constant = (value: number) => builder.constant(scalar(value));
  if (sign) {
    const signed = new Float32Array(sizeOf(shape)).fill(sign === 'positive' ? epsilon : -epsilon);
    return add(z, builder.constant(float32(signed, shape)));
  }
  const below = less(z, constant(0));
  return add(z, where(below, constant(-epsilon), constant(epsilon)));
}
