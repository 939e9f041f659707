import { int } from '../graph/attributes.js';
import { int64, scalar } from '../graph/elements.js';
import { withChangedInput } from './changed-input.js';
import type { Classifier } from './classifier.js';

/**
 * The classifier of the mean of an image `[N, C, H, W]` and its mirror image, left to right: pixels at
 * mirrored places are the same variable to it.
 */
export function withMirroredInput(model: Classifier): Classifier {
  const width = model.input.shape[2]!;
  return withChangedInput(model, ({ emit, add, constant }, name, own) => {
    const reversed = constant(int64(Array.from({ length: width }, (_, i) => width - 1 - i)));
    const mirrored = emit('Gather', [name, reversed], { axis: int(3) });
    const half = constant(scalar(0.5));
    emit('Mul', [add(name, mirrored), half], {}, own);
  });
}
