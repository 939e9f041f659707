import { inputError } from '../base/errors.js';
import { reduceChannels } from '../tensor/reduce.js';
import { resizeBilinear, resizeVolume } from '../tensor/resize.js';
import { sizeOf, type Tensor, zeros } from '../tensor/tensor.js';
import type { Figure } from './figure.js';
import { gridOf } from './gallery.js';
import type { HeatmapOptions } from './heatmap.js';
import { type Overlay, overlay } from './overlay.js';
import { panelPieces } from './panel.js';
import { INK } from './theme.js';

export interface SlicesOptions extends HeatmapOptions {
  /** The slice that is shown first; by default that of the strongest relevance. */
  readonly slice?: number;
}

/** Height of a slider with its text, in pixels. */
const SLIDER = 72;

/**
 * The slices of a volume `[D, H, W]` in [0, 1] under its map `[D, H, W]`, `[C, d, h, w]` or `[1, C, d, h, w]`
 * (channels are summed), with a slider along the depth. One scale holds for all slices.
 */
export function slicesFigure(
  volume: Tensor,
  map: Tensor,
  { title, quantity = 'relevance', size = 420, slice, ...options }: SlicesOptions = {},
): Figure {
  const { shape } = grey(volume);
  const [depth, height, width] = shape;
  const whole = mapOver(map, shape);
  const drawn = overlay({ data: whole.data, shape: [depth * height, width] }, options);
  const cut = (from: Tensor, at: number) => from.data.slice(at * height * width, (at + 1) * height * width);
  const cells = Array.from({ length: depth }, (_, at) => ({
    picture: { image: { data: cut(volume, at), shape: [1, height, width] } },
    overlay: { ...drawn, map: { data: cut(whole, at), shape: [height, width] } } satisfies Overlay,
  }));
  const start = slice ?? strongest(whole, depth);
  const cell = cells[start];
  if (!cell) throw inputError(`slice ${start} is asked for; the volume has ${depth} (0 to ${depth - 1})`);
  const { opacity } = options;
  const { data, layout } = gridOf(
    [cell],
    1,
    { title, size, opacity },
    { quantity, scale: drawn, length: size },
  );
  const steps = cells.map(({ picture, overlay: over }, at) => {
    const domain = { x: [0, 1], y: [0, 1] } as const;
    const { traces, images } = panelPieces(
      { image: picture.image, overlay: over, opacity, boxes: [], domain },
      0,
    );
    const sources = images.map(({ source }, i) => [`images[${i}].source`, source]);
    return {
      ...{ label: String(at), method: 'update' },
      args: [{ z: [traces[0]!.z] }, Object.fromEntries(sources), [0]],
    };
  });
  const slider = {
    ...{ active: start, steps, pad: { t: 12, b: 0 }, len: 1, x: 0, y: 0, ticklen: 0, minorticklen: 0 },
    currentvalue: {
      prefix: 'slice ',
      suffix: ` of ${depth}`,
      xanchor: 'left',
      font: { size: 12, color: INK },
    },
    font: { size: 1, color: 'rgba(0,0,0,0)' },
  };
  const { margin } = layout as { readonly margin?: Readonly<Record<string, number>> };
  return {
    data,
    layout: {
      ...layout,
      height: layout.height + SLIDER,
      margin: { ...margin, b: (margin?.b ?? 0) + SLIDER },
      sliders: [slider],
    },
  };
}

const views = ['along the depth', 'along the height', 'along the width'];

/**
 * Maximum-intensity projections of a volume `[D, H, W]` in [0, 1] along each of its axes, a row for each map:
 * of the map the value of the greatest magnitude, with its sign.
 */
export function projectionsFigure(
  volume: Tensor,
  maps: Readonly<Record<string, Tensor>>,
  { title, size = 240, ...options }: Omit<HeatmapOptions, 'quantity'> = {},
): Figure {
  const { shape } = grey(volume);
  const [depth, height, width] = shape;
  const frame = [Math.max(depth, height), Math.max(height, width)] as const;
  const rows = Object.entries(maps);
  const cells = rows.flatMap(([name, map]) => {
    const whole = mapOver(map, shape);
    const projections = views.map((_, axis) => framed(projected(whole, axis), frame));
    // One scale for the three views.
    const { colours, scale } = overlay(flat(whole), options);
    const clipped = projections.some(({ data }) => data.some((value) => Math.abs(value) > scale));
    return projections.map((map, axis) => ({
      picture: { image: image(framed(projected(volume, axis), frame)) },
      title: rows.length === 1 ? views[axis] : `${name}, ${views[axis]}`,
      overlay: { map, colours, scale, clipped },
    }));
  });
  return gridOf(cells, views.length, { title, size, opacity: options.opacity });
}

const image = ({ data, shape }: Tensor): Tensor => ({ data, shape: [1, ...shape] });
const flat = ({ data, shape }: Tensor): Tensor => ({
  data,
  shape: [shape[0]! * shape[1]!, shape[2]!],
});

function grey({ shape }: Tensor): { readonly shape: readonly [number, number, number] } {
  if (shape.length !== 3)
    throw inputError(`a volume to draw has the shape [D, H, W]; this one has [${shape}]`);
  return { shape: shape as [number, number, number] };
}

/** The map with its channels summed, at the resolution of the volume. */
function mapOver(map: Tensor, to: readonly [number, number, number]): Tensor {
  const { data, shape } = map;
  const whole = shape.length === 3 ? [1, 1, ...shape] : shape.length === 4 ? [1, ...shape] : shape;
  if (whole.length !== 5 || whole[0] !== 1)
    throw inputError(
      `a map of a volume has the shape [D, H, W], [C, D, H, W] or [1, C, D, H, W]; this one has [${shape}]`,
    );
  const sums = reduceChannels({ data, shape: whole });
  const made = { data: sums.data, shape: whole.slice(2) };
  return made.shape.join() === to.join() ? made : resizeVolume(made, resizeBilinear, to);
}

function strongest({ data }: Tensor, depth: number): number {
  let best = 0;
  for (let i = 0; i < data.length; i++) if (Math.abs(data[i]!) > Math.abs(data[best]!)) best = i;
  return Math.floor((best * depth) / data.length);
}

/** The value of the greatest magnitude along one axis. */
function projected({ data, shape }: Tensor, axis: number): Tensor {
  const length = shape[axis]!;
  const inner = sizeOf(shape.slice(axis + 1));
  const out = zeros(shape.filter((_, i) => i !== axis));
  for (let i = 0; i < out.data.length; i++) {
    const from = Math.floor(i / inner) * length * inner + (i % inner);
    for (let k = 0; k < length; k++) {
      const value = data[from + k * inner]!;
      if (Math.abs(value) > Math.abs(out.data[i]!)) out.data[i] = value;
    }
  }
  return out;
}

/** A plane in the middle of a frame of zeros, so that all views have one size and no pixel is distorted. */
function framed({ data, shape }: Tensor, frame: readonly [number, number]): Tensor {
  const [height, width] = shape as [number, number];
  const out = zeros(frame);
  const [down, right] = [Math.floor((frame[0] - height) / 2), Math.floor((frame[1] - width) / 2)];
  for (let y = 0; y < height; y++)
    out.data.set(data.subarray(y * width, (y + 1) * width), (y + down) * frame[1] + right);
  return out;
}
