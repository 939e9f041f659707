import { sizeOf } from '../../../tensor/tensor.js';
import type { Builder } from '../../builder.js';
import { float32, scalar } from '../../elements.js';
import type { ValueShape } from '../../shapes.js';

/** The default epsilon that is added to the magnitude of denominators. */
export const stabiliser = 1e-6;

/**
 * z + epsilon sign(z) with sign(0) = 1. A known `sign` saves the comparison; the added constant then has
 * `shape`, which must broadcast to that of z.
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

/** The shape of a constant per channel, which an engine can merge into a convolution's bias. */
export const perChannel = ({ dims }: ValueShape): readonly number[] =>
  dims.length > 2 ? [dims[1]!, ...dims.slice(2).map(() => 1)] : [];
