import type { Tensor } from '../tensor/tensor.js';
import type { Trace } from './figure.js';
import { imageUri, maskUri, type Overlay, overlayUri } from './overlay.js';
import { BOX, BOX_HALO, escaped, note, pixelAxis } from './theme.js';

/** A box in pixels of the image, 0-based, half-open. */
export interface PictureBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly label?: string;
}

/** One panel of a figure: the image, a heatmap or mask over it, and the boxes on top. */
export interface Panel {
  /** `[C, H, W]` in [0, 1]. */
  readonly image: Tensor;
  readonly overlay?: Overlay;
  readonly opacity?: number;
  /** `[H, W]` of 0/1; tinted where there is no heatmap. */
  readonly mask?: Tensor<Uint8Array>;
  readonly boxes: readonly PictureBox[];
  /** Whether boxes are labelled. */
  readonly labels?: boolean;
  /** Position in the figure, as fractions of the drawing area, from the lower left corner. */
  readonly domain: {
    readonly x: readonly [number, number];
    readonly y: readonly [number, number];
  };
}

type Item = Readonly<Record<string, unknown>>;

/** The Plotly parts of one panel, on its own axes. */
export interface PanelPieces {
  readonly traces: readonly Trace[];
  readonly images: readonly Item[];
  readonly shapes: readonly Item[];
  readonly annotations: readonly Item[];
  readonly axes: Readonly<Record<string, unknown>>;
}

/**
 * Image and heatmap are PNG layers, not a Plotly heatmap trace: a 224 x 224 map takes 10 to 60 kB instead of
 * 300, is transparent near zero, and looks the same in browsers, SVG and PDF. An invisible coarse trace gives
 * the value under the pointer.
 */
export function panelPieces(panel: Panel, index: number): PanelPieces {
  const { image, overlay, opacity, mask, boxes, domain } = panel;
  const suffix = index === 0 ? '' : String(index + 1);
  const [x, y] = [`x${suffix}`, `y${suffix}`];
  const [, height, width] = image.shape as [number, number, number];
  // Plotly draws only the first of two images at one position in one layer.
  const over = overlay ? overlayUri(overlay, opacity) : mask && maskUri(mask);
  const layer = (source: string, layer: 'below' | 'above'): Item => ({
    source,
    xref: x,
    yref: y,
    x: 0,
    y: 0,
    sizex: width,
    sizey: height,
    sizing: 'stretch',
    layer,
  });
  return {
    traces: [overlay ? pointed(overlay, [width, height], x, y) : anchor(x, y)],
    images: [layer(imageUri(image), 'below'), ...(over ? [layer(over, 'above')] : [])],
    shapes: boxes.flatMap((box) => outline(box, x, y, panel.labels ? 2 : 1.5)),
    annotations: panel.labels ? boxes.flatMap((box) => labelOf(box, x, y)) : [],
    axes: {
      [`xaxis${suffix}`]: pixelAxis({ domain: domain.x, range: [0, width], anchor: y }),
      [`yaxis${suffix}`]: pixelAxis({ domain: domain.y, range: [height, 0], anchor: x, scaleanchor: x }),
    },
  };
}

const HOVER_CELLS = 48;

/** An invisible trace of block means that shows the value under the pointer. */
function pointed({ map }: Overlay, [width, height]: readonly [number, number], x: string, y: string): Trace {
  const [rows, columns] = map.shape as [number, number];
  const step = Math.max(1, Math.ceil(Math.max(rows, columns) / HOVER_CELLS));
  const [across, down] = [Math.ceil(columns / step), Math.ceil(rows / step)];
  const z = Array.from({ length: down }, (_, j) =>
    Array.from({ length: across }, (_, i) => {
      const mean = blockMean(map, j * step, i * step, step);
      return Number.isFinite(mean) ? Number(mean.toPrecision(3)) : null;
    }),
  );
  const [dx, dy] = [(step * width) / columns, (step * height) / rows];
  return {
    type: 'heatmap',
    z,
    x0: dx / 2,
    dx,
    y0: dy / 2,
    dy,
    xaxis: x,
    yaxis: y,
    showscale: false,
    colorscale: [
      [0, 'rgba(0,0,0,0)'],
      [1, 'rgba(0,0,0,0)'],
    ],
    hovertemplate: 'x %{x:.0f}, y %{y:.0f}<br>relevance %{z:.3~g}<extra></extra>',
  };
}

function blockMean({ data, shape }: Tensor, top: number, left: number, step: number): number {
  const [rows, columns] = shape as [number, number];
  let [sum, count] = [0, 0];
  for (let row = top; row < Math.min(top + step, rows); row++) {
    for (let column = left; column < Math.min(left + step, columns); column++, count++) {
      sum += data[row * columns + column]!;
    }
  }
  return sum / count;
}

/** Plotly draws only axes that have a trace. */
const anchor = (x: string, y: string): Trace => ({
  type: 'scatter',
  x: [null],
  y: [null],
  xaxis: x,
  yaxis: y,
  hoverinfo: 'skip',
  showlegend: false,
});

function outline({ x, y, width, height }: PictureBox, xref: string, yref: string, line: number): Item[] {
  const rectangle = { type: 'rect', xref, yref, x0: x, y0: y, x1: x + width, y1: y + height };
  return [
    { ...rectangle, line: { color: BOX_HALO, width: 2 * line } },
    { ...rectangle, line: { color: BOX, width: line } },
  ];
}

function labelOf({ x, y, label }: PictureBox, xref: string, yref: string): Item[] {
  if (!label) return [];
  const look = { font: { size: 11, color: '#FFFFFF' }, bgcolor: BOX_HALO, borderpad: 2 };
  return [note(escaped(label), x, y, { xref, yref, yanchor: 'bottom', xshift: -2, yshift: 2, ...look })];
}

/** The traces, layers and axes of several panels as parts of one figure. */
export function together(pieces: readonly PanelPieces[]) {
  return {
    traces: pieces.flatMap((piece) => piece.traces),
    images: pieces.flatMap((piece) => piece.images),
    shapes: pieces.flatMap((piece) => piece.shapes),
    annotations: pieces.flatMap((piece) => piece.annotations),
    axes: Object.assign({}, ...pieces.map((piece) => piece.axes)) as Record<string, unknown>,
  };
}
