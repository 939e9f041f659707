import type { Tensor } from '../tensor/tensor.js';
import type { Classifier } from './classifier.js';

/** What each row of raw outputs `[N, K]` says in probabilities: their softmax, or each its own sigmoid where several labels may hold. */
export const probabilities = ({ multiLabel }: Pick<Classifier, 'multiLabel'>, outputs: Tensor): Tensor =>
  multiLabel ? sigmoids(outputs) : softmaxRows(outputs);

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

export const sigmoids = ({ data, shape }: Tensor): Tensor => ({
  data: data.map((value) => 1 / (1 + Math.exp(-value))),
  shape,
});
