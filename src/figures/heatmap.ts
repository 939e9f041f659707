import type { Tensor } from '../tensor/tensor.js';
import { BAR_WIDTH, colourBar, colourBarTitle } from './colourbar.js';
import type { Figure } from './figure.js';
import { type OverlayOptions, overlay } from './overlay.js';
import { type PictureBox, panelPieces, together } from './panel.js';
import { escaped, themed } from './theme.js';

export interface HeatmapOptions extends OverlayOptions {
  readonly title?: string;
  /** What the colour bar is called. */
  readonly quantity?: string;
  /** The picture's longer side on the page, in pixels. */
  readonly size?: number;
}

const SIDE = 16;

/**
 * One heatmap over its image with the annotated boxes: `image` is `[C, H, W]` in [0, 1], `map` a heatmap of any
 * resolution that covers it (`[h, w]`; channels are added up), `boxes` are in the image's pixels.
 */
export function heatmapFigure(
  image: Tensor,
  map: Tensor,
  boxes: readonly PictureBox[] = [],
  { title, quantity = 'relevance', size = 420, ...options }: HeatmapOptions = {},
): Figure {
  const [, rows, columns] = image.shape as [number, number, number];
  const width = Math.round((size * columns) / Math.max(rows, columns));
  const height = Math.round((size * rows) / Math.max(rows, columns));
  const drawn = overlay(map, options);
  const panel = panelPieces(
    {
      image,
      overlay: drawn,
      opacity: options.opacity,
      boxes,
      labels: true,
      domain: { x: [0, 1], y: [0, 1] },
    },
    0,
  );
  const { traces, axes, ...layers } = together([panel]);
  const top = title ? 48 : SIDE;
  const bar = colourBar({
    colours: drawn.colours,
    scale: drawn.scale,
    clipped: drawn.clipped,
    length: height,
  });
  return themed([...traces, bar], {
    title,
    width: width + SIDE + BAR_WIDTH,
    height: height + top + SIDE,
    margin: { l: SIDE, r: BAR_WIDTH, t: top, b: SIDE },
    ...layers,
    annotations: [...layers.annotations, colourBarTitle(escaped(quantity))],
    ...axes,
  });
}
