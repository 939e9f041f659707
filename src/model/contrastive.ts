import { int } from '../graph/attributes.js';
import type { Loss } from './recipe.js';
import { inTurn, view } from './two-views.js';

/** By which cosines are divided: that of the paper's networks for images of 32 pixels. */
const temperature = 0.5;
/** Added to squared lengths. */
const floor = 1e-12;

/**
 * The loss of SimCLR (Chen et al. 2020, arXiv:2002.05709) over a batch in which rows 2i and 2i + 1 are two
 * views of an image; it reads no class. With the cosines s of all pairs of embeddings, the value `embedding`
 * `[N, D]`, divided by the temperature, row i adds w_i (log(sum over j other than i of exp(s_ij)) - s_ip),
 * where p is its other view. Rows of weight 0 are seen by none.
 */
export const contrastive = (embedding: string): Loss => ({
  name: 'contrastive',
  weights: 'sample',
  emit(builder, { weights }) {
    const { add, sub, mul, div, exp, log, greater, reduce, emit, transpose } = builder;
    const sum = (value: string) => reduce('ReduceSum', value, [1]);
    const other = (value: string) =>
      inTurn(builder, [view(builder, value, 1), view(builder, value, 0)], value);
    const length = emit('Sqrt', [add(sum(mul(embedding, embedding)), floor)]);
    const unit = div(embedding, length);
    const cosines = div(emit('MatMul', [unit, transpose(unit, [1, 0])]), temperature);
    // No larger than 1 / temperature: nothing overflows.
    const counts = builder.where(greater(weights, 0), 1, 0);
    const powers = mul(exp(cosines), transpose(counts, [1, 0]));
    const own = mul(exp(div(sum(mul(unit, unit)), temperature)), counts);
    const all = sub(sum(powers), own);
    const partner = other(unit);
    const each = sub(log(all), div(sum(mul(unit, partner)), temperature));
    const loss = emit('ReduceSum', [mul(weights, each)], { keepdims: int(0) });
    // A row's term with itself only moves it along itself, which its length takes away below.
    const shares = mul(weights, div(powers, all));
    const pulled = emit('MatMul', [add(shares, transpose(shares, [1, 0])), unit]);
    const pairs = mul(add(weights, other(weights)), partner);
    const slope = div(sub(pulled, pairs), temperature);
    const along = sum(mul(unit, slope));
    return { loss, seeds: { [embedding]: div(sub(slope, mul(unit, along)), length) } };
  },
});
