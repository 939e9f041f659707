import { int } from '../../graph/attributes.js';
import type { Builder } from '../../graph/builder.js';

/**
 * Adds an elementwise formula of values of one shape, as rows where the shape ends in an axis of length 1:
 * there ONNX Runtime's CPU kernels take a scalar operand for each element by itself, thirty times as slowly.
 */
export function flattened(
  builder: Builder,
  shape: readonly number[],
  values: readonly string[],
  formula: (values: readonly string[]) => readonly string[],
): readonly string[] {
  if (shape.length < 2 || shape.at(-1) !== 1) return formula(values);
  // ONNX Runtime loses the shape of a Reshape that follows another one.
  const results = formula(values.map((value) => builder.emit('Flatten', [value], { axis: int(0) })));
  return results.map((result) => builder.reshape(result, shape));
}
