import { usageError } from '../../base/errors.js';
import { optional } from '../../base/options.js';
import { type Classifier, ownShape } from '../../model/classifier.js';
import { array } from '../../tensor/option.js';
import type { Tensor } from '../../tensor/tensor.js';

/** The option for the inputs that patterns are estimated from. */
export const dataOption = optional(
  array({
    doc: "training inputs [M, ...] in the model's own scale, which the patterns are estimated from; needed",
  }),
);

/** The given inputs. Throws where there are none, fewer than two, or of another shape than the model's. */
export function dataOf({ input }: Classifier, data: Tensor | undefined, method: string): Tensor {
  const { shape } = input;
  if (data === undefined) {
    throw usageError(
      `method ${method} needs option 'data': training inputs [M,${ownShape(input)}] as an array (.npy)`,
    );
  }
  const fits = data.shape.length === shape.length + 1 && data.shape.slice(1).join() === shape.join();
  if (!fits || data.shape[0]! < 2) {
    throw usageError(
      `option 'data' of method ${method} has shape [${data.shape}]; it takes [M,${ownShape(input)}] with at least two inputs`,
    );
  }
  return data;
}
