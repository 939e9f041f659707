import type { Tensor } from '../tensor/tensor.js';
import type { Figure } from './figure.js';
import { gridOf } from './gallery.js';
import { type OverlayOptions, overlay } from './overlay.js';
import type { PictureBox } from './panel.js';

export interface HeatmapOptions extends OverlayOptions {
  readonly title?: string;
  /** What the colour bar is called. */
  readonly quantity?: string;
  /** The picture's longer side on the page, in pixels. */
  readonly size?: number;
}

/**
 * One heatmap over its image with the annotated boxes: `image` is `[C, H, W]` in [0, 1], `map` a heatmap of
 * any resolution that covers it (`[h, w]`; channels are added up), `boxes` are in the image's pixels.
 */
export function heatmapFigure(
  image: Tensor,
  map: Tensor,
  boxes: readonly PictureBox[] = [],
  { title, quantity = 'relevance', size = 420, ...options }: HeatmapOptions = {},
): Figure {
  const drawn = overlay(map, options);
  const cell = { picture: { image, boxes }, overlay: drawn, labels: true };
  const { opacity } = options;
  return gridOf([cell], 1, { title, size, opacity }, { quantity, scale: drawn, length: size });
}
