import { unsupported } from '../base/errors.js';
import type { Figure } from '../figures/figure.js';
import { gridFigure } from '../figures/gallery.js';
import { heatmapFigure } from '../figures/heatmap.js';
import type { Classifier } from '../model/classifier.js';
import { channelsFirst } from '../tensor/channels.js';
import { rows, sizeOf, type Tensor } from '../tensor/tensor.js';

/** File formats of a picture, by extension. */
export const pictureFormats = ['.png', '.svg', '.pdf', '.html'];

/**
 * The maps `[N, C, H, W]` of a batch over their images, a row for each sample. An image's values are shown
 * from its least to its greatest. Throws where the model's input is no image of one or three channels.
 */
export function mapsFigure(
  { input: { layout } }: Classifier,
  method: string,
  input: Tensor,
  map: Tensor,
): Figure {
  const [images, maps] = layout === 'NHWC' ? [channelsFirst(input), mapFirst(map, input)] : [input, map];
  const channels = images.shape[1]!;
  if (images.shape.length !== 4 || maps.shape.length !== 4 || (channels !== 1 && channels !== 3))
    throw unsupported(
      `a map of the input [${input.shape}] can't be drawn: a picture is of images with one or three channels; write .npy`,
    );
  const cells = Array.from({ length: images.shape[0]! }, (_, i) => ({
    image: stretched(sampleOf(images, i)),
    map: sampleOf(maps, i),
  }));
  const [one, ...others] = cells;
  if (others.length === 0) return heatmapFigure(one!.image, one!.map, [], { title: method });
  return gridFigure(cells.map(({ image, map }) => ({ image, maps: { [method]: map } })));
}

/** A map in the input's layout has its channels moved; a class activation map `[N, 1, h, w]` has not. */
const mapFirst = (map: Tensor, input: Tensor) =>
  sizeOf(map.shape) === sizeOf(input.shape) ? channelsFirst(map) : map;

function sampleOf(batch: Tensor, i: number): Tensor {
  const { data, shape } = rows(batch, i, i + 1);
  return { data, shape: shape.slice(1) };
}

function stretched({ data, shape }: Tensor): Tensor {
  const low = data.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = data.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return { data: data.map((value) => (value - low) / (high - low || 1)), shape };
}
