import type { Tensor } from '../tensor/tensor.js';
import type { Figure } from './figure.js';
import { gridOf } from './gallery.js';
import { type OverlayOptions, overlay } from './overlay.js';
import type { PictureBox } from './panel.js';

export interface HeatmapOptions extends OverlayOptions {
  readonly title?: string;
  /** Title of the colour bar. */
  readonly quantity?: string;
  /** Longer side of the image in pixels. */
  readonly size?: number;
}

/**
 * One heatmap over its image with the annotated boxes: `image` is `[C, H, W]` in [0, 1], `map` is `[h, w]` or
 * `[C, h, w]` (channels are summed) of any resolution, `boxes` are in pixels of the image.
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
