import type { Random } from '../../../base/random.js';
import type { Tensor } from '../../../tensor/tensor.js';

/** Sides of the hidden cells, as parts of the image's longer side: from the whole image to single pixels. */
const sides = [1, 1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 0];

/**
 * With this probability, a copy of the image `[C, H, W]` in which random cells of a grid are hidden behind
 * `mean`, that of the normalisation by channel (Singh, Lee 2017, Hide-and-Seek, arXiv:1704.04811); the size
 * of the cells and the hidden share are drawn anew for each image. A model that is trained on such images
 * estimates the class from what it sees, and gives the frequency of each class where it sees nothing: zero in
 * its normalised input then stands for missing information (Frye et al. 2021, arXiv:2006.01272).
 */
export function hide(image: Tensor, mean: readonly number[], probability: number, random: Random): Tensor {
  if (random.uniform() >= probability) return image;
  const { data, shape } = image;
  const [, height, width] = shape as [number, number, number];
  const side = Math.max(1, Math.round(Math.max(height, width) * sides[random.below(sides.length)]!));
  const columns = Math.ceil(width / side);
  const share = random.uniform();
  const cells = columns * Math.ceil(height / side);
  const hidden = Array.from({ length: cells }, () => random.uniform() < share);
  const shown = data.slice();
  for (const [cell, isHidden] of hidden.entries()) {
    if (!isHidden) continue;
    const [top, left] = [Math.floor(cell / columns) * side, (cell % columns) * side];
    const right = Math.min(width, left + side);
    for (const [channel, value] of mean.entries())
      for (let y = top; y < Math.min(height, top + side); y++) {
        const row = (channel * height + y) * width;
        shown.fill(value, row + left, row + right);
      }
  }
  return { data: shown, shape };
}
