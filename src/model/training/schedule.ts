export interface Schedule {
  readonly kind: 'cosine' | 'constant';
  readonly rate: number;
  /** Steps in which the rate grows evenly from near zero. */
  readonly warmup: number;
  readonly steps: number;
}

/** The learning rate of a step, counted from 0. Cosine decay to zero is Loshchilov & Hutter 2017, arXiv:1608.03983. */
export function rateAt({ kind, rate, warmup, steps }: Schedule, step: number): number {
  if (step < warmup) return (rate * (step + 1)) / (warmup + 1);
  if (kind === 'constant') return rate;
  return (rate * (1 + Math.cos((Math.PI * (step - warmup)) / Math.max(1, steps - warmup)))) / 2;
}
