import { inputError } from '../base/errors.js';
import { quantile } from '../tensor/quantile.js';
import { reduceChannels } from '../tensor/reduce.js';
import type { Tensor } from '../tensor/tensor.js';
import { type ColourMap, colourAt } from './colours.js';
import { type Pixels, pngUri } from './png.js';

/**
 * Small images are enlarged by whole factors up to about this many pixels, so that every renderer shows crisp
 * pixels.
 */
const CRISP = 384;

/** `[C, H, W]` in [0, 1] (1 or 3 channels) as a PNG data URI, enlarged where it has to be `crisp`. */
export function imageUri({ data, shape }: Tensor, crisp = true): string {
  const [channels, height, width] = shape as [number, number, number];
  if (shape.length !== 3 || (channels !== 1 && channels !== 3)) {
    throw inputError(`a picture has the shape [${shape}]; it takes [1, H, W] or [3, H, W]`);
  }
  const bytes = new Uint8Array(data.length);
  const plane = height * width;
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < channels; c++) bytes[i * channels + c] = toByte(data[c * plane + i]!);
  }
  return uriOf({ width, height, bytes }, crisp);
}

/** A heatmap `[H, W]` with its colours and scale. */
export interface Overlay {
  readonly map: Tensor;
  readonly colours: ColourMap;
  /** Absolute value of the strongest colour; larger values have it too. */
  readonly scale: number;
  /** Whether larger values occur. */
  readonly clipped: boolean;
}

export interface OverlayOptions {
  /** Diverging by default where the map has a negative value. */
  readonly colours?: ColourMap;
  /**
   * Fraction of pixels that the colours span; larger values have the strongest colour, so that one outlier
   * does not dim the rest.
   */
  readonly span?: number;
  /** Opacity of the strongest values. */
  readonly opacity?: number;
}

/** Chooses colours and scale for a heatmap `[H, W]`, `[C, H, W]` or `[1, C, H, W]`; channels are summed. */
export function overlay(map: Tensor, { colours, span = 0.995 }: OverlayOptions = {}): Overlay {
  const plane = planeOf(map);
  const finite = plane.data.filter(Number.isFinite);
  const strongest = finite.reduce(largest, 0);
  const scale = finite.length > 0 ? quantile(finite.map(Math.abs), span) || strongest : 0;
  return {
    map: plane,
    colours: colours ?? (finite.some((v) => v < 0) ? 'diverging' : 'sequential'),
    scale,
    clipped: strongest > scale,
  };
}

const STEPS = 127;
const UNDEFINED = 255;

/**
 * The heatmap as a PNG data URI of at most 256 colours. Opacity grows with the value, so the image stays
 * visible where the map is near zero; NaN is grey.
 */
export function overlayUri({ map, colours, scale }: Overlay, opacity = 0.8, crisp = true): string {
  const [height, width] = map.shape as [number, number];
  const bytes = Uint8Array.from(map.data, (value) => {
    if (Number.isNaN(value)) return UNDEFINED;
    const share = scale > 0 ? Math.min(Math.max(value / scale, -1), 1) : 0;
    return Math.round((share + 1) * STEPS);
  });
  const palette = Array.from({ length: UNDEFINED + 1 }, (_, index): [number, number, number, number] => {
    if (index === UNDEFINED) return [128, 128, 128, 255];
    const share = index / STEPS - 1;
    const [r, g, b] = colourAt(colours, colours === 'diverging' ? (share + 1) / 2 : share);
    return [r, g, b, Math.round(255 * opacity * visibility(share))];
  });
  return uriOf({ width, height, bytes, palette }, crisp);
}

/** A mask `[H, W]` of 0/1 as a PNG data URI: a transparent tint in the colour of the boxes. */
export function maskUri({ data, shape }: Tensor<Uint8Array>, crisp = true): string {
  const [height, width] = shape as [number, number];
  const palette = [0, 72].map((alpha) => [0, 229, 168, alpha] as const);
  return uriOf({ width, height, bytes: data, palette }, crisp);
}

const uriOf = (pixels: Pixels, crisp: boolean) => pngUri(crisp ? enlarged(pixels) : pixels);

/** Rises steeply from zero: half of the strongest value is nearly as visible as the strongest. */
const visibility = (share: number) => Math.abs(share) ** 0.75;

const largest = (a: number, b: number) => Math.max(a, Math.abs(b));

function planeOf(map: Tensor): Tensor {
  const { data, shape } = map;
  if (shape.length === 2) return map;
  const [rows, channels, height, width] = shape.length === 3 ? [1, ...shape] : shape;
  if (shape.length > 4 || rows !== 1 || !channels || !height || !width) {
    throw inputError(`a heatmap has the shape [${shape}]; it takes [H, W], [C, H, W] or [1, C, H, W]`);
  }
  const { data: sums } = reduceChannels({ data, shape: [1, channels, height, width] });
  return { data: sums, shape: [height, width] };
}

function enlarged({ width, height, bytes, palette }: Pixels): Pixels {
  const factor = Math.max(1, Math.round(CRISP / Math.max(width, height)));
  if (factor === 1) return { width, height, bytes, palette };
  const channels = bytes.length / (width * height);
  const [w, h] = [width * factor, height * factor];
  const out = new Uint8Array(w * h * channels);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const from = (Math.floor(y / factor) * width + Math.floor(x / factor)) * channels;
      for (let c = 0; c < channels; c++) out[(y * w + x) * channels + c] = bytes[from + c]!;
    }
  }
  return { width: w, height: h, bytes: out, palette };
}

const toByte = (intensity: number) => Math.round(255 * Math.min(Math.max(intensity, 0), 1)) || 0;
