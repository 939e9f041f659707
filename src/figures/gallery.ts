import { inputError } from '../base/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { BAR_WIDTH, colourBar, colourBarTitle } from './colourbar.js';
import type { Figure } from './figure.js';
import { type Overlay, type OverlayOptions, overlay } from './overlay.js';
import { type PictureBox, panelPieces, together } from './panel.js';
import { escaped, INK, note, SOFT_INK, themed } from './theme.js';

/** An image with its annotations, as the gallery figures take it. */
export interface Picture {
  /** `[C, H, W]` in [0, 1]. */
  readonly image: Tensor;
  /** Annotated boxes in pixels of `image`. */
  readonly boxes?: readonly PictureBox[];
  /** `[H, W]` of 0/1; tinted where no heatmap is drawn. */
  readonly mask?: Tensor<Uint8Array>;
  /** Title of the row or of the first panel. */
  readonly label?: string;
}

export interface GalleryOptions extends OverlayOptions {
  readonly title?: string;
  readonly columns?: number;
  /** Longer side of a panel in pixels. */
  readonly size?: number;
}

export interface PicturesOptions extends Omit<GalleryOptions, keyof OverlayOptions> {
  /** Whether boxes are labelled; by default only where there is a single image. */
  readonly labels?: boolean;
}

interface Cell {
  readonly picture: Picture;
  readonly overlay?: Overlay;
  readonly mask?: Tensor<Uint8Array>;
  readonly title?: string;
  readonly labels?: boolean;
}

/** Maps of one image side by side, keyed by method; the first panel is the image. */
export function galleryFigure(
  picture: Picture,
  maps: Readonly<Record<string, Tensor>>,
  { columns = 4, ...options }: GalleryOptions = {},
): Figure {
  const overlays = overlaysOf(Object.values(maps), options);
  const cells: Cell[] = [
    { picture, title: picture.label ?? 'image' },
    ...Object.keys(maps).map((title, i) => ({ picture, title, overlay: overlays[i]! })),
  ];
  return gridOf(cells, Math.min(columns, cells.length), options);
}

/** A row for each image and a column for each method. Throws where a row lacks a method's map. */
export function gridFigure(
  rows: readonly (Picture & { readonly maps: Readonly<Record<string, Tensor>> })[],
  options: GalleryOptions = {},
): Figure {
  const methods = Object.keys(rows[0]?.maps ?? {});
  const overlays = overlaysOf(
    rows.flatMap(({ maps, label }, row) => methods.map((method) => named(maps, method, row, label))),
    options,
  );
  const cells = rows.flatMap((picture, row): Cell[] => [
    { picture, title: picture.label ?? (row === 0 ? 'image' : undefined) },
    ...methods.map((method, i) => ({
      picture,
      title: row === 0 ? method : undefined,
      overlay: overlays[row * methods.length + i]!,
    })),
  ]);
  return gridOf(cells, methods.length + 1, options);
}

/** Images side by side with their boxes and masks; the first one's shape is that of every panel. */
export function picturesFigure(
  pictures: readonly Picture[],
  { columns = 4, labels = pictures.length === 1, ...options }: PicturesOptions = {},
): Figure {
  const cells = pictures.map((picture) => ({ picture, mask: picture.mask, title: picture.label, labels }));
  return gridOf(cells, Math.min(columns, cells.length), { size: cells.length === 1 ? 420 : 190, ...options });
}

function named(maps: Readonly<Record<string, Tensor>>, method: string, row: number, label = 'without label') {
  const map = maps[method];
  if (!map) throw inputError(`row ${row + 1} (${label}) has no map of '${method}'`);
  return map;
}

/** Scales each map by its own maximum, all in one colour map. */
function overlaysOf(maps: readonly Tensor[], options: OverlayOptions): Overlay[] {
  const drawn = maps.map((map) => overlay(map, options));
  const colours =
    options.colours ?? (drawn.some((one) => one.colours === 'diverging') ? 'diverging' : 'sequential');
  return drawn.map((one) => ({ ...one, colours }));
}

const GAP = 10;
const CAPTION = 24;
const SIDE = 16;

/** The colour bar's quantity and scale, which are the first map's, and its greatest length. */
interface Legend {
  readonly quantity: string;
  readonly scale: Pick<Overlay, 'scale' | 'clipped'>;
  readonly length: number;
}

const SEVERAL: Legend = {
  quantity: 'relevance, each on its own scale',
  scale: { scale: 1, clipped: false },
  length: 220,
};

/** A grid of panels, with a colour bar where a panel has a map. */
export function gridOf(
  cells: readonly Cell[],
  columns: number,
  { title, size = 190, opacity }: GalleryOptions,
  { quantity, scale, length }: Legend = SEVERAL,
): Figure {
  const [, high, wide] = cells[0]!.picture.image.shape as [number, number, number];
  const width = Math.round((size * wide) / Math.max(high, wide));
  const height = Math.round((size * high) / Math.max(high, wide));
  const rows = Math.ceil(cells.length / columns);
  const captions: number[] = Array.from({ length: rows }, (_, row) =>
    cells.slice(row * columns, (row + 1) * columns).some((cell) => cell.title) ? CAPTION : 0,
  );
  const drawing = {
    width: columns * width + (columns - 1) * GAP,
    height: rows * height + (rows - 1) * GAP + sum(captions),
  };
  const panels = cells.map(({ picture, overlay, mask, title, labels }, index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    const left = column * (width + GAP);
    const above = sum(captions.slice(0, row + 1)) + row * (height + GAP);
    const x = [left / drawing.width, (left + width) / drawing.width] as const;
    const y = [1 - (above + height) / drawing.height, 1 - above / drawing.height] as const;
    const pieces = panelPieces(
      { image: picture.image, overlay, opacity, mask, boxes: picture.boxes ?? [], labels, domain: { x, y } },
      index,
    );
    return title
      ? { ...pieces, annotations: [...pieces.annotations, caption(title, x[0], y[1], width)] }
      : pieces;
  });
  const { traces, axes, ...layers } = together(panels);
  const shown = cells.find(({ overlay }) => overlay)?.overlay;
  const bar =
    shown && colourBar({ ...shown, ...scale, length: Math.min(drawing.height - captions[0]!, length) });
  const top = title ? 48 : SIDE;
  const right = bar ? BAR_WIDTH : SIDE;
  return themed(bar ? [...traces, bar] : traces, {
    title,
    width: drawing.width + SIDE + right,
    height: drawing.height + top + SIDE,
    margin: { l: SIDE, r: right, t: top, b: SIDE },
    ...layers,
    annotations: bar
      ? [...layers.annotations, colourBarTitle(quantity, drawing.height + 2 * SIDE)]
      : layers.annotations,
    ...axes,
  });
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/** A panel's title, cut where it would overlap its neighbour. */
const caption = (text: string, x: number, y: number, width: number) => {
  const cut = text.length > width / 7 ? `${text.slice(0, Math.floor(width / 7) - 1)}…` : text;
  const font = { size: 12, color: text === 'image' ? SOFT_INK : INK };
  return note(escaped(cut), x, y, { yanchor: 'bottom', xshift: -2, font });
};
