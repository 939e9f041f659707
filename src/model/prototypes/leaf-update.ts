import { sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';

/**
 * What the images add to the classes of each leaf `[L, K]`: the sum of arrival x distribution / probability
 * of the image's class, from arrivals `[N, L]` and the leaves' distributions `[L, K]`. Divided by its row's
 * sum it is the distribution that is better for the whole set (Kontschieder et al. 2015, ICCV,
 * doi:10.1109/ICCV.2015.172).
 */
export function leafShares(arrivals: Tensor, distributions: Tensor, labels: readonly number[]): Tensor {
  const [leaves, classes] = distributions.shape as [number, number];
  const shares = zeros([leaves, classes]);
  for (const [n, label] of labels.entries()) {
    const parts = Array.from(
      { length: leaves },
      (_, leaf) => arrivals.data[n * leaves + leaf]! * distributions.data[leaf * classes + label]!,
    );
    const probability = parts.reduce((a, b) => a + b, 0);
    for (const [leaf, part] of parts.entries()) shares.data[leaf * classes + label]! += part / probability;
  }
  return shares;
}

/** Rows `[L, K]` divided by their sums; a row of zeros becomes an even one. */
export function normalisedRows({ data, shape }: Tensor): Tensor {
  const classes = shape.at(-1)!;
  const made = new Float32Array(sizeOf(shape));
  for (let at = 0; at < made.length; at += classes) {
    const row = data.subarray(at, at + classes);
    const sum = row.reduce((a, b) => a + b, 0);
    for (const [k, value] of row.entries()) made[at + k] = sum > 0 ? value / sum : 1 / classes;
  }
  return { data: made, shape };
}
