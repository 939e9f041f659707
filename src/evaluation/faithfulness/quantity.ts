import { inputError, unsupported } from '../../base/errors.js';
import { choice } from '../../base/options.js';
import type { Link } from '../../model/head.js';
import { noProbability } from '../../model/probability.js';
import type { Floats, Tensor } from '../../tensor/tensor.js';

export const quantities = ['logit', 'probability', 'sigmoid', 'log-odds'] as const;
export type Quantity = (typeof quantities)[number];

export const quantityOption = (usual: Quantity) =>
  choice(quantities, {
    doc: "measured quantity of the target: its raw value, its probability (by the model's head: softmax, sigmoid or as it is), its sigmoid, or the log-odds of its probability, which move where that saturates",
    default: usual,
  });

/** The explained quantity of the target in each row of raw outputs `[N, K]`. */
export function quantityOf(
  { data, shape }: Tensor<Floats>,
  target: number,
  quantity: Quantity,
  link: Link = 'softmax',
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
    if (link === 'none') {
      throw unsupported(noProbability);
    }
    if (quantity === 'log-odds') return logOddsOf(row, target, link);
    if (link === 'identity' || link === 'exp') {
      if (quantity === 'sigmoid')
        throw unsupported('the output holds probabilities already; a sigmoid of them says nothing');
      return link === 'exp' ? Math.exp(logit) : logit;
    }
    if (quantity === 'sigmoid' || link === 'sigmoid') return 1 / (1 + Math.exp(-logit));
    let [most, sum] = [-Infinity, 0];
    for (let k = 0; k < classes; k++) most = Math.max(most, row[k]!);
    for (let k = 0; k < classes; k++) sum += Math.exp(row[k]! - most);
    return Math.exp(logit - most) / sum;
  });
}

/** Probabilities that models state themselves are kept this far from 0 and 1. */
const LEAST = 1e-7;

/** The log-odds of the target's probability, from raw outputs, without the rounding of the probability. */
function logOddsOf(row: Floats, target: number, link: Exclude<Link, 'none'>): number {
  const own = row[target]!;
  if (link === 'sigmoid') return own;
  if (link === 'identity' || link === 'exp') {
    const p = Math.min(1 - LEAST, Math.max(LEAST, link === 'exp' ? Math.exp(own) : own));
    return Math.log(p / (1 - p));
  }
  let [most, sum] = [-Infinity, 0];
  for (let k = 0; k < row.length; k++) if (k !== target) most = Math.max(most, row[k]!);
  for (let k = 0; k < row.length; k++) if (k !== target) sum += Math.exp(row[k]! - most);
  return own - most - Math.log(sum);
}
