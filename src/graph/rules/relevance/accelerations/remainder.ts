import type { AtLayer, Output } from '../acceleration.js';
import type { Group } from '../layer-rule.js';

/** The rounding error of the remainder in float32, relative to the positive part of the sum. */
const ROUNDING = 1e-6;

/**
 * z- = y - z+: on CPU a difference costs less than another pass. z- is negative; the minimum with -ROUNDING
 * z+ keeps it so where it is all rounding error.
 */
export function remainder({ rest }: Group, before: Output | undefined, at: AtLayer): Output | undefined {
  const { layer, bias, walk } = at;
  if (!rest || before === undefined || bias !== layer.bias || walk.engine !== 'cpu') return undefined;
  const left = walk.sub(layer.output, before.value);
  return { value: walk.min(left, walk.mul(before.value, -ROUNDING)) };
}
