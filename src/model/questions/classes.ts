import { usageError } from '../../base/errors.js';
import type { Builder } from '../../graph/builder.js';
import type { Link } from '../head.js';

/** One class, or the class that it is set against. */
export interface Chosen {
  readonly one: number;
  readonly against?: number;
}

/** Reads a class (its name, else its index) or two as `a-b`. Throws a usage error for any other text. */
export function chosenOf(text: string, names: readonly string[], count: number): Chosen {
  const at = (word: string) => {
    const named = names.indexOf(word);
    if (named >= 0) return named;
    return /^\d+$/.test(word) && Number(word) < count ? Number(word) : undefined;
  };
  const whole = at(text);
  if (whole !== undefined) return { one: whole };
  for (let dash = text.indexOf('-'); dash >= 0; dash = text.indexOf('-', dash + 1)) {
    const [one, against] = [at(text.slice(0, dash)), at(text.slice(dash + 1))];
    if (one !== undefined && against !== undefined) return { one, against };
  }
  const known = names.length === count ? ` (${names.slice(0, 8).join(', ')}${count > 8 ? ', ..' : ''})` : '';
  throw usageError(
    `the target's class '${text}' is none of 0 to ${count - 1}${known}, and no two such as 1-0`,
  );
}

/** The part of a value at one index of an axis, which stays. */
export const pick = (builder: Builder, value: string, axis: number, index: number): string =>
  builder.slice(value, [{ axis, start: index, end: index + 1, step: 1 }]);

/** The class's part of a value, minus that of the class that it is set against. */
export function chosenPart(builder: Builder, value: string, axis: number, { one, against }: Chosen): string {
  const own = pick(builder, value, axis, one);
  return against === undefined ? own : builder.sub(own, pick(builder, value, axis, against));
}

/** A class's probability as numbers of a stated kind, from scores `[N, K]` under a link. */
export function probabilityAs(
  builder: Builder,
  kind: 'probability' | 'log-probability' | 'log-odds',
  scores: string,
  { index, count, link }: { readonly index: number; readonly count: number; readonly link: Link },
): string {
  const { exp, log, neg, sub, sigmoid, softplus, emit } = builder;
  const score = pick(builder, scores, 1, index);
  const oddsOf = (p: string, logarithm: string) => sub(logarithm, log(sub(1, p)));
  switch (link) {
    case 'none':
      throw usageError(
        `the model's output is a quantity (regression) and has no ${kind}; ask for output:NAME`,
      );
    case 'identity':
      return kind === 'probability'
        ? score
        : kind === 'log-probability'
          ? log(score)
          : oddsOf(score, log(score));
    case 'exp':
      return kind === 'probability'
        ? exp(score)
        : kind === 'log-probability'
          ? score
          : oddsOf(exp(score), score);
    case 'sigmoid':
      return kind === 'probability'
        ? sigmoid(score)
        : kind === 'log-probability'
          ? neg(softplus(neg(score)))
          : score;
    case 'softmax': {
      if (kind === 'probability') return pick(builder, emit('Softmax', [scores]), 1, index);
      if (kind === 'log-probability') return pick(builder, emit('LogSoftmax', [scores]), 1, index);
      if (count < 2) throw usageError('the softmax of one output is 1 and has no log-odds');
      // log p - log(1 - p) is the score minus the log-sum-exp of the others.
      const sides = [
        { axis: 1, start: 0, end: index, step: 1 },
        { axis: 1, start: index + 1, end: count, step: 1 },
      ].filter(({ start, end }) => end > start);
      const others = builder.concat(
        sides.map((side) => builder.slice(scores, [side])),
        1,
      );
      const least = pick(builder, emit('LogSoftmax', [others]), 1, 0);
      return sub(score, sub(pick(builder, others, 1, 0), least));
    }
  }
}
