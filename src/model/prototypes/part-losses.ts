import { usageError } from '../../base/errors.js';
import { int } from '../../graph/attributes.js';
import type { Builder } from '../../graph/builder.js';
import type { Loss } from '../recipe.js';
import { inTurn, view } from '../two-views.js';
import { partNames } from './part-head.js';

/** The factors of the terms of the loss. */
export interface PartFactors {
  /** That both views of an image have the same prototypes at the same places. */
  readonly align: number;
  /** Whether the factor of the first term rises to its full size, by the same step in each epoch. */
  readonly rises?: boolean;
  /** That every prototype is present somewhere in a batch. */
  readonly spread: number;
  readonly classes: number;
}

/** Those of the published code, while the prototypes alone are trained and then with the classes. */
export const pretrainFactors: PartFactors = { align: 1, rises: true, spread: 5, classes: 0 };
export const jointFactors: PartFactors = { align: 5, spread: 2, classes: 2 };

const [alignFloor, spreadFloor] = [1e-12, 1e-8];

const severalLabels = usageError(
  'a network of prototypes takes images of one class each; this task has several labels for an image',
);

/**
 * The loss of PIP-Net over a batch in which rows 2i and 2i + 1 are two views of an image (Nauta et al. 2023,
 * CVPR, doi:10.1109/CVPR52729.2023.00269): align is the mean over images and places of -log(sum_p a_p b_p) of
 * the softmax maps of both views, each in turn a fixed target of the other; spread is the mean over
 * prototypes and views of -log(tanh(sum over the batch of the presences)).
 */
export const withPairs = (classification: Loss, factors: PartFactors): Loss => ({
  name: `${classification.name} with alignment of two views`,
  weights: classification.weights,
  emit(builder, inputs) {
    if (classification.weights === 'element') throw severalLabels;
    const { add, mul } = builder;
    const { maps, presence } = partNames;
    const align = alignment(builder, maps, inputs.weights);
    const spread = spreading(builder, presence, inputs.weights);
    const factor = factors.rises ? mul(inputs.begun, factors.align) : factors.align;
    const unsupervised = add(mul(align.loss, factor), mul(spread.loss, factors.spread));
    const seeds = {
      [maps]: mul(align.seed, factor),
      [presence]: mul(spread.seed, factors.spread),
    };
    if (factors.classes === 0) return { loss: unsupervised, seeds };
    const found = classification.emit(builder, inputs);
    const scaled = Object.entries(found.seeds).map(([value, seed]) => [value, mul(seed, factors.classes)]);
    return {
      loss: add(unsupervised, mul(found.loss, factors.classes)),
      seeds: { ...seeds, ...Object.fromEntries(scaled) },
    };
  },
});

/** The length of an axis as a number of the graph. */
const lengthOf = ({ emit }: Builder, value: string, axis: number) =>
  emit('Cast', [emit('Shape', [value], { start: int(axis), end: int(axis + 1) })], { to: int(1) });

function alignment(builder: Builder, maps: string, weights: string) {
  const { add, mul, div, neg, log, reduce, emit, unsqueeze } = builder;
  const [a, b] = [view(builder, maps, 0), view(builder, maps, 1)];
  const pairs = add(view(builder, weights, 0), view(builder, weights, 1));
  const alike = add(reduce('ReduceSum', mul(a, b), [1]), alignFloor);
  const each = reduce('ReduceMean', neg(log(alike)), [1, 2, 3], { keepdims: int(0) });
  const loss = emit('ReduceSum', [mul(unsqueeze(each, [1]), pairs)], { keepdims: int(0) });
  const places = mul(lengthOf(builder, maps, 2), lengthOf(builder, maps, 3));
  // Half of each direction, since the other view is fixed.
  const share = div(unsqueeze(mul(pairs, -0.5), [2, 3]), mul(alike, places));
  return { loss, seed: inTurn(builder, [mul(b, share), mul(a, share)], maps) };
}

function spreading(builder: Builder, presence: string, weights: string) {
  const { add, sub, mul, div, neg, log, tanh, greater, reduce, emit } = builder;
  const counts = emit('Cast', [greater(weights, 0)], { to: int(1) });
  const prototypes = lengthOf(builder, presence, 1);
  const views = ([0, 1] as const).map((which) => {
    const own = view(builder, counts, which);
    const total = tanh(reduce('ReduceSum', mul(view(builder, presence, which), own), [0]));
    const floored = add(total, spreadFloor);
    const slope = div(sub(1, mul(total, total)), mul(floored, prototypes));
    return {
      loss: neg(emit('ReduceMean', [log(floored)], { keepdims: int(0) })),
      seed: mul(own, mul(slope, -0.5)),
    };
  });
  const [first, second] = views as [(typeof views)[0], (typeof views)[0]];
  return {
    loss: mul(add(first.loss, second.loss), 0.5),
    seed: inTurn(builder, [first.seed, second.seed], presence),
  };
}
