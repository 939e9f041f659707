import type { Tensor } from '../tensor/tensor.js';

/** Each row's own target output: `[N, K]` to `[N, 1]`. */
export function targetOutputs({ data, shape }: Tensor, targets: readonly number[]): Tensor {
  const classes = shape[1]!;
  return {
    data: Float32Array.from(targets, (target, row) => data[row * classes + target]!),
    shape: [targets.length, 1],
  };
}

/** The softmax of each row's outputs. */
export function softmaxRows({ data, shape }: Tensor): Tensor {
  const classes = shape[1]!;
  const out = new Float32Array(data.length);
  for (let row = 0; row < data.length; row += classes) {
    let [top, total] = [-Infinity, 0];
    for (let k = row; k < row + classes; k++) top = Math.max(top, data[k]!);
    for (let k = row; k < row + classes; k++) total += Math.exp(data[k]! - top);
    for (let k = row; k < row + classes; k++) out[k] = Math.exp(data[k]! - top) / total;
  }
  return { data: out, shape };
}
