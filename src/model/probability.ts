import { unsupported } from '../base/errors.js';
import type { Floats, Tensor } from '../tensor/tensor.js';
import type { Classifier } from './classifier.js';
import type { Link } from './head.js';

/**
 * Probabilities for explained outputs `[N, K]`, by the model's head: their softmax, each output's sigmoid or
 * exponential, or the outputs themselves. Throws where outputs are quantities without probabilities.
 */
export const probabilities = <A extends Floats>(
  { head }: Pick<Classifier, 'head'>,
  outputs: Tensor<A>,
): Tensor<A> => linked(head.link, outputs);

/** Whether the model's head makes probabilities of its outputs. */
export const hasProbabilities = ({ head }: Pick<Classifier, 'head'>): boolean => head.link !== 'none';

/** Why what is explained has no probability. */
export const noProbability =
  'what is explained is a quantity, such as a regression or a mean over a region, and has no probability; follow its raw value (option quantity=logit), or state what the output is (option head)';

/** Whether the model's own output is a quantity (regression), of which more is no more evidence. */
export const isQuantity = ({ head, asked }: Pick<Classifier, 'head' | 'asked'>): boolean =>
  head.link === 'none' && asked === undefined;

/** The probabilities of outputs under a link. */
export function linked<A extends Floats>(link: Link, outputs: Tensor<A>): Tensor<A> {
  switch (link) {
    case 'softmax':
      return softmaxRows(outputs);
    case 'sigmoid':
      return sigmoids(outputs);
    case 'exp':
      return { data: outputs.data.map(Math.exp) as A, shape: outputs.shape };
    case 'identity':
      return outputs;
    case 'none':
      throw unsupported(noProbability);
  }
}

/** How far rounding takes a probability outside 0 to 1. */
const ROUNDING = 1e-3;

/** Says of what is taken for probabilities that it leaves 0 to 1; undefined where it does not. */
export function improper(values: Iterable<number>): string | undefined {
  let found: number | undefined;
  for (const value of values)
    if ((value < -ROUNDING || value > 1 + ROUNDING) && Math.abs(value) > Math.abs(found ?? 0)) found = value;
  return found === undefined
    ? undefined
    : `the output is taken for a probability and is ${found.toPrecision(3)}: it is none (option head states what it is)`;
}

/** The sigmoid of each output. Throws where outputs are probabilities already, or their logarithms. */
export function ownSigmoids({ head: { link } }: Pick<Classifier, 'head'>, outputs: Tensor): Tensor {
  if (link === 'softmax' || link === 'sigmoid') return sigmoids(outputs);
  throw unsupported(
    link === 'none'
      ? 'what is explained is a quantity; a sigmoid of it says nothing'
      : 'the output holds probabilities already; a sigmoid of them says nothing',
  );
}

/** The softmax of each row's outputs. */
export function softmaxRows<A extends Floats>({ data, shape }: Tensor<A>): Tensor<A> {
  const classes = shape[1]!;
  const out = data.slice() as A;
  for (let row = 0; row < data.length; row += classes) {
    let [top, total] = [-Infinity, 0];
    for (let k = row; k < row + classes; k++) top = Math.max(top, data[k]!);
    for (let k = row; k < row + classes; k++) total += Math.exp(data[k]! - top);
    for (let k = row; k < row + classes; k++) out[k] = Math.exp(data[k]! - top) / total;
  }
  return { data: out, shape };
}

const sigmoids = <A extends Floats>({ data, shape }: Tensor<A>): Tensor<A> => ({
  data: data.map((value) => 1 / (1 + Math.exp(-value))) as A,
  shape,
});
