import { type Classifier, imageShape } from '../../model/classifier.js';
import { borderOf } from '../../model/input/border.js';
import { reduceChannels } from '../../tensor/reduce.js';
import { resizeBilinear } from '../../tensor/resize.js';
import type { Tensor } from '../../tensor/tensor.js';

/** Sums a map over channels and resizes it bilinearly to the input's resolution: `[N, 1, H, W]`. */
export function atInputSize(map: Tensor, given: Classifier): Tensor {
  const { model, inner } = borderOf(given);
  const { height, width } = imageShape(model);
  const one = reduceChannels(inner(map));
  return one.shape[2] === height && one.shape[3] === width ? one : resizeBilinear(one, height, width);
}
