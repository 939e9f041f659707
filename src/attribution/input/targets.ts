import type { Tensor } from '../../tensor/tensor.js';

/** Selects each row's target: `[N, K]` to `[N, 1]`. */
export function targetOutputs({ data, shape }: Tensor, targets: readonly number[]): Tensor {
  const classes = shape[1]!;
  return {
    data: Float32Array.from(targets, (target, row) => data[row * classes + target]!),
    shape: [targets.length, 1],
  };
}

/** The completeness residual of each sample: `f(x) - f(baseline)` of its target minus the sum of its map. */
export function completenessResidual(
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
