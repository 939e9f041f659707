import type { Classifier } from '../../model/classifier.js';
import type { Tensor } from '../../tensor/tensor.js';

/** The greatest and the least number of the types of whole numbers that arrays hold exactly. */
const ranges: Readonly<Record<string, readonly [number, number]>> = {
  uint8: [0, 2 ** 8 - 1],
  int8: [-(2 ** 7), 2 ** 7 - 1],
  uint16: [0, 2 ** 16 - 1],
  int16: [-(2 ** 15), 2 ** 15 - 1],
};

/** How far bytes are from whole numbers that were scaled to 0 to 1 and back. */
const ROUNDING = 1e-3;

/** The note on an input of other numbers than the whole ones that the model's file takes. */
export function onOtherNumbers({ input: { whole } }: Pick<Classifier, 'input'>, { data }: Tensor): string[] {
  if (whole === undefined) return [];
  const [low, high] = ranges[whole] ?? [-Infinity, Infinity];
  const found = data.find(
    (value) => Math.abs(value - Math.min(high, Math.max(low, Math.round(value)))) > ROUNDING,
  );
  if (found === undefined) return [];
  return [
    `the model's file takes whole numbers (${whole}), and the input holds others, such as ${found.toPrecision(3)}: the file itself is never given such values`,
  ];
}
