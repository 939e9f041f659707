import type { AtLayer, Output } from '../acceleration.js';
import type { Group } from '../layer-rule.js';

/** Rounding error of a remainder in single precision, as a share of the positive part of the sum. */
const ROUNDING = 1e-6;

/**
 * z- = y - z+: on the CPU a difference costs less than another pass. It is negative; where it is all rounding
 * it is at least that.
 */
export function remainder({ rest }: Group, before: Output | undefined, at: AtLayer): Output | undefined {
  const { layer, bias, walk } = at;
  if (!rest || before === undefined || bias !== layer.bias || walk.engine !== 'cpu') return undefined;
  const left = walk.sub(layer.output, before.value);
  return { value: walk.min(left, walk.mul(before.value, -ROUNDING)) };
}
