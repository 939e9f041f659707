import { inputError } from '../../base/errors.js';
import { choice } from '../../base/options.js';
import type { Tensor } from '../../tensor/tensor.js';

export const quantities = ['logit', 'probability', 'sigmoid'] as const;
export type Quantity = (typeof quantities)[number];

export const quantityOption = (usual: Quantity) =>
  choice(quantities, {
    doc: "what of the output is followed: the target's raw value, its probability (by softmax, of models with several labels at once by sigmoid), or its sigmoid",
    default: usual,
  });

/** The quantity of the target in each row of raw outputs `[N, K]`. */
export function quantityOf(
  { data, shape }: Tensor,
  target: number,
  quantity: Quantity,
  multiLabel = false,
): number[] {
  const [count, classes] = shape as readonly [number, number];
  if (!Number.isInteger(target) || target < 0 || target >= classes) {
    throw inputError(
      `the target ${target} is no output of the model; it has the outputs 0 to ${classes - 1}`,
    );
  }
  return Array.from({ length: count }, (_, n) => {
    const row = data.subarray(n * classes, (n + 1) * classes);
    const logit = row[target]!;
    if (quantity === 'logit') return logit;
    if (quantity === 'sigmoid' || multiLabel) return 1 / (1 + Math.exp(-logit));
    const most = row.reduce((a, b) => Math.max(a, b), -Infinity);
    return Math.exp(logit - most) / row.reduce((sum, value) => sum + Math.exp(value - most), 0);
  });
}
