import { inputError, usageError } from '../../base/errors.js';
import { type Classifier, classCount } from '../../model/classifier.js';
import { notFinite } from '../../tensor/finite.js';
import { isTensor } from '../../tensor/option.js';
import type { Tensor } from '../../tensor/tensor.js';

/**
 * Throws a usage error when a batch `[N, ...]` has the wrong shape, and an input error when it holds NaN or
 * infinity.
 */
export function checkInput(model: Classifier, input: Tensor) {
  if (!isTensor(input) || !ArrayBuffer.isView(input.data) || !Array.isArray(input.shape))
    throw usageError('the input is no array { data, shape } with typed data, such as Float32Array');
  const [count = 0, ...sample] = input.shape;
  const { shape } = model.input;
  if (sample.length !== shape.length || sample.some((length, axis) => length !== shape[axis])) {
    throw usageError(`the input has shape [${input.shape}]; the model takes [N,${shape}]`);
  }
  if (count === 0) throw inputError('the input holds no sample');
  const broken = notFinite(input);
  if (broken) throw inputError(`the input cannot be explained: ${broken}`);
}

/** Throws a usage error when there is not a target for each row, or one is out of range. */
export function checkTargets(model: Classifier, { shape: [count] }: Tensor, targets: readonly number[]) {
  if (targets.length !== count) throw usageError(`${targets.length} targets were given for ${count} samples`);
  const { dims } = model.shapes.get(model.output)!;
  if (dims.length !== 2)
    throw usageError(
      `output '${model.output}' has shape [${dims}] for one sample; give a target, such as region:1@predicted`,
    );
  const classes = classCount(model);
  for (const target of targets) {
    if (!(Number.isInteger(target) && target >= 0 && target < classes)) {
      const { of, others = [] } = model.head;
      const also = others.length > 0 ? ` ('${of}'; option output takes another: ${others.join(', ')})` : '';
      throw usageError(
        `target ${target} is out of range; the model's outputs are 0 to ${classes - 1}${also}`,
      );
    }
  }
}
