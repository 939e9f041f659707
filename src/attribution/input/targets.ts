import type { Classifier } from '../../model/classifier.js';
import { hasProbabilities, probabilities } from '../../model/probability.js';
import { sumsOf } from '../../tensor/rows.js';
import type { Floats, Tensor } from '../../tensor/tensor.js';

/** The target's raw output at each sample, and at its baseline: the mean where it has several. */
export interface Compared {
  readonly input: readonly number[];
  readonly baseline: readonly number[];
  /** The number of each sample's baselines, where they are several. */
  readonly baselines?: readonly number[];
  /** Whether the method has no other baseline. */
  readonly fixed?: boolean;
  /** The target's probability at the baseline, where the model's head makes one. */
  readonly baselineProbability?: readonly number[];
}

/** What the output at the baseline is, in words; empty of one baseline. */
export function meanInWords({ baselines = [] }: Pick<Compared, 'baselines'>): string {
  const counts = [...new Set(baselines)];
  if (counts.every((count) => count === 1)) return '';
  return `mean over ${counts.length === 1 ? counts[0] : baselines.join(', ')} baselines`;
}

/** Selects each row's target: `[N, K]` to `[N, 1]`. */
export function targetOutputs<A extends Floats>(
  { data, shape }: Tensor<A>,
  targets: readonly number[],
): Tensor<A> {
  const classes = shape[1]!;
  const chosen = data.slice(0, targets.length) as A;
  for (const [row, target] of targets.entries()) chosen[row] = data[row * classes + target]!;
  return { data: chosen, shape: [targets.length, 1] };
}

/** Selects the targets from the raw outputs `[N, K]` at the inputs and at their baselines. */
export const comparedOutputs = (
  model: Classifier,
  {
    input,
    baseline,
    targets,
  }: {
    readonly input: Tensor<Floats>;
    readonly baseline: Tensor<Floats>;
    readonly targets: readonly number[];
  },
): Compared => ({
  input: [...targetOutputs(input, targets).data],
  baseline: [...targetOutputs(baseline, targets).data],
  ...(hasProbabilities(model) && {
    baselineProbability: [...targetOutputs(probabilities(model, baseline), targets).data],
  }),
});

/** The comparison, with each sample's completeness residual: `f(x) - f(baseline)` minus the map's sum. */
export function completeness(map: Tensor, compared: Compared) {
  const sums = sumsOf(map);
  const residual = sums.map((sum, row) => compared.input[row]! - compared.baseline[row]! - sum);
  return { compared, residual };
}
