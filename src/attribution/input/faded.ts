import type { RunContext } from '../../base/run.js';
import type { Classifier } from '../../model/classifier.js';
import { predict } from '../../model/predict.js';
import { type Tensor, zeros } from '../../tensor/tensor.js';
import { type Compared, comparedOutputs } from './targets.js';

/**
 * The raw outputs of a method whose masks multiply the input, and so fade it to zeros: at the input and at
 * zeros, the only baseline that the method has.
 */
export async function comparedWithZeros(asked: {
  readonly model: Classifier;
  readonly input: Tensor;
  readonly targets: readonly number[];
  readonly run: RunContext;
}): Promise<Compared> {
  const { model, input, targets, run } = asked;
  const whole = await predict(model, input, run);
  const baseline = await predict(model, zeros(input.shape), run);
  return { ...comparedOutputs(model, { input: whole, baseline, targets }), fixed: true };
}
