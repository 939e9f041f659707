/** The relevance of a watermark's place in one map, and under what it was made. */
export interface Answer {
  /** What the model was trained on. */
  readonly training: 'absent' | 'tied' | 'independent';
  /** Whether the explained image shows the watermark. */
  readonly present: boolean;
  /** Mean magnitude on the watermark's place over the mean of the map. */
  readonly relevance: number;
}

/** Shares of the variance of answers, from 0 to 1. */
export interface Explained {
  /** What the presence of the watermark in the image explains. */
  readonly presence: number;
  /** What its tie to the class in training explains besides, alone and by making presence count more. */
  readonly tie: number;
}

/**
 * How much of the variance of answers the presence of the watermark explains, and how much more its tie to
 * the class in training (means of groups by presence, then by presence and tie; nested sums of squares).
 */
export function explainedBy(answers: readonly Answer[]): Explained {
  const presence = between(answers, ({ present }) => String(present));
  const both = between(answers, ({ present, training }) => `${present} ${training === 'tied'}`);
  return { presence, tie: both - presence };
}

/** The share of variance between groups; NaN where all answers are the same. */
function between(answers: readonly Answer[], groupOf: (answer: Answer) => string): number {
  const groups = new Map<string, { sum: number; count: number }>();
  const mean = answers.reduce((sum, { relevance }) => sum + relevance, 0) / answers.length;
  let total = 0;
  for (const answer of answers) {
    total += (answer.relevance - mean) ** 2;
    const group = groups.get(groupOf(answer)) ?? { sum: 0, count: 0 };
    groups.set(groupOf(answer), { sum: group.sum + answer.relevance, count: group.count + 1 });
  }
  const squares = [...groups.values()].map(({ sum, count }) => count * (sum / count - mean) ** 2);
  return squares.reduce((a, b) => a + b, 0) / total;
}
