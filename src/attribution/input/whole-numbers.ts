import { wholeRanges } from '../../graph/element-types.js';
import type { Classifier } from '../../model/classifier.js';
import type { Tensor } from '../../tensor/tensor.js';

/** How far bytes are from whole numbers that were scaled to 0 to 1 and back. */
const ROUNDING = 1e-3;

/** The note on an input of other numbers than the whole ones that the model's file takes. */
export function onOtherNumbers({ input: { whole } }: Pick<Classifier, 'input'>, { data }: Tensor): string[] {
  if (whole === undefined) return [];
  const [low, high] = wholeRanges[whole] ?? [-Infinity, Infinity];
  const found = data.find(
    (value) => Math.abs(value - Math.min(high, Math.max(low, Math.round(value)))) > ROUNDING,
  );
  if (found === undefined) return [];
  return [
    `the model's file takes whole numbers (${whole}), and the input holds others, such as ${found.toPrecision(3)}: the file itself is never given such values`,
  ];
}
