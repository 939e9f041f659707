import type { Scored } from '../metric/metric.js';
import { evaluateVariants } from './evaluate.js';
import { pixelsOf } from './pixels.js';
import type { Quantity } from './quantity.js';

/**
 * How the target's quantity changes when each group of pixels takes each of its grey values: a list for each
 * group, of the value less that of the image.
 */
export async function greyChanges(
  scored: Scored,
  groups: readonly ArrayLike<number>[],
  greys: readonly (readonly number[])[],
  quantity: Quantity,
): Promise<readonly (readonly number[])[]> {
  const pixels = pixelsOf(scored);
  const variants = groups.flatMap((group, g) => greys[g]!.map((grey) => ({ group, grey })));
  const fill = (index: number, into: Float32Array) => {
    into.set(pixels.values);
    if (index === 0) return;
    const { group, grey } = variants[index - 1]!;
    for (let i = 0; i < group.length; i++)
      for (let c = 0; c < pixels.channels; c++) into[pixels.at(group[i]!, c)] = grey;
  };
  const count = variants.length + 1;
  const [whole, ...found] = await evaluateVariants(scored, pixels.shape, count, fill, quantity);
  const changes = found.map((value) => value - whole!);
  const ends = greys.map((_, g) => greys.slice(0, g + 1).reduce((sum, own) => sum + own.length, 0));
  return ends.map((end, g) => changes.slice(end - greys[g]!.length, end));
}
