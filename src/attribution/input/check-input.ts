import { inputError, usageError } from '../../base/errors.js';
import { type Classifier, classCount } from '../../model/classifier.js';
import { notFinite } from '../../tensor/finite.js';
import type { Tensor } from '../../tensor/tensor.js';

/**
 * Throws a usage error when a batch `[N, ...]` has the wrong shape or a target is out of range, and an input
 * error when it holds NaN or infinity.
 */
export function checkInput(model: Classifier, input: Tensor, targets: readonly number[]) {
  const [count = 0, ...sample] = input.shape;
  const { shape } = model.input;
  if (sample.length !== shape.length || sample.some((length, axis) => length !== shape[axis])) {
    throw usageError(`the input has shape [${input.shape}]; the model takes [N,${shape}]`);
  }
  if (count === 0) throw inputError('the input holds no sample');
  if (targets.length !== count) throw usageError(`${targets.length} targets were given for ${count} samples`);
  const broken = notFinite(input);
  if (broken) throw inputError(`the input cannot be explained: ${broken}`);
  const classes = classCount(model);
  for (const target of targets) {
    if (!(Number.isInteger(target) && target >= 0 && target < classes)) {
      throw usageError(`target ${target} is out of range; the model's outputs are 0 to ${classes - 1}`);
    }
  }
}
