import { usageError } from '../base/errors.js';
import { int } from '../graph/attributes.js';
import { float32 } from '../graph/elements.js';
import type { Loss } from './recipe.js';

/** Added to both sides of the fraction, in pixels, so that a batch without the class has a defined Dice. */
const smooth = 1;

/**
 * The cross-entropy of pixels plus the soft Dice loss, the mean over all classes but the first, which is the
 * background, of 1 - (2 sum p t + 1) / (sum p + sum t + 1), over the pixels of a batch (Isensee et al. 2021,
 * doi:10.1038/s41592-020-01008-z). Logits and targets are `[N, K, H, W]`; pixels of weight 0 do not count.
 */
export const withDice = (pixels: Loss): Loss => ({
  name: `${pixels.name} with Dice`,
  weights: 'sample',
  emit(builder, inputs) {
    const { add, sub, mul, div, exp, greater, reduce, constant, emit } = builder;
    const { logits, targets, weights, classes } = inputs;
    if (classes < 2) throw usageError('the Dice loss needs a background and another class');
    const found = pixels.emit(builder, inputs);
    const powers = exp(sub(logits, reduce('ReduceMax', logits, [1])));
    const shares = div(powers, reduce('ReduceSum', powers, [1]));
    const counts = builder.where(greater(weights, 0), 1, 0);
    const sum = (value: string) => reduce('ReduceSum', mul(value, counts), [0, 2, 3]);
    const both = add(mul(sum(mul(shares, targets)), 2), smooth);
    const all = add(add(sum(shares), sum(targets)), smooth);
    const part = Array.from({ length: classes }, (_, k) => (k === 0 ? 0 : 1 / (classes - 1)));
    const parts = constant(float32(part, [1, classes, 1, 1]));
    const loss = emit('ReduceSum', [mul(parts, sub(1, div(both, all)))], { keepdims: int(0) });
    // d/dp_k = part (both - 2 t all) / all^2, then through the softmax.
    const slope = mul(mul(parts, counts), div(sub(both, mul(mul(targets, 2), all)), mul(all, all)));
    const along = reduce('ReduceSum', mul(shares, slope), [1]);
    return {
      loss: add(found.loss, loss),
      seeds: { [logits]: add(found.seeds[logits]!, mul(shares, sub(slope, along))) },
    };
  },
});
