import type { Tensor } from '../../tensor/tensor.js';

/** Each row's own target output: `[N, K]` to `[N, 1]`. */
export function targetOutputs({ data, shape }: Tensor, targets: readonly number[]): Tensor {
  const classes = shape[1]!;
  return {
    data: Float32Array.from(targets, (target, row) => data[row * classes + target]!),
    shape: [targets.length, 1],
  };
}
