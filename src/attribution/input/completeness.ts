import type { Tensor } from '../../tensor/tensor.js';

/** What completeness leaves over for each sample: `f(x) - f(baseline)` of its target minus the sum of its map. */
export function completeness(
  map: Tensor,
  at: Tensor,
  baseline: Tensor,
  targets: readonly number[],
): number[] {
  const classes = at.shape[1]!;
  const size = map.data.length / targets.length;
  return targets.map((target, row) => {
    let sum = 0;
    for (let i = row * size; i < (row + 1) * size; i++) sum += map.data[i]!;
    return at.data[row * classes + target]! - baseline.data[row * classes + target]! - sum;
  });
}
