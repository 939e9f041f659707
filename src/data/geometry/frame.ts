import { usageError } from '../../base/errors.js';
import type { Transform } from '../sample.js';

/**
 * A picture on its way from the original to the model's input: its present size, and how original positions
 * come to lie in it. Positions are continuous and pixel `i` spans `[i, i + 1)`, so that edges map onto edges.
 */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly transform: Transform;
}

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The original picture as it is. */
export function original(width: number, height: number): Frame {
  positive(width, height);
  return {
    width,
    height,
    transform: {
      scaleX: 1,
      scaleY: 1,
      offsetX: 0,
      offsetY: 0,
      flipped: false,
      originalWidth: width,
      originalHeight: height,
    },
  };
}

/** Scaled to the given size; the two axes may differ. */
export function resized(frame: Frame, width: number, height: number): Frame {
  positive(width, height);
  const [kx, ky] = [width / frame.width, height / frame.height];
  const { scaleX, scaleY, offsetX, offsetY } = frame.transform;
  return {
    width,
    height,
    transform: {
      ...frame.transform,
      scaleX: scaleX * kx,
      scaleY: scaleY * ky,
      offsetX: offsetX * kx,
      offsetY: offsetY * ky,
    },
  };
}

/** Cut out at `x, y` of the present picture; reaching beyond its edges is padding. */
export function cropped(frame: Frame, { x, y, width, height }: Rectangle): Frame {
  positive(width, height);
  const { offsetX, offsetY } = frame.transform;
  return {
    width,
    height,
    transform: { ...frame.transform, offsetX: offsetX - x, offsetY: offsetY - y },
  };
}

/** Mirrored left to right. `x' = width - x` is written as a mirroring of the original and another offset. */
export function flipped(frame: Frame): Frame {
  const { scaleX, offsetX, originalWidth, flipped } = frame.transform;
  return {
    ...frame,
    transform: {
      ...frame.transform,
      offsetX: frame.width - scaleX * originalWidth - offsetX,
      flipped: !flipped,
    },
  };
}

/** Where the whole picture lies, scaled alike on both axes up to whole pixels, centred in a canvas. */
export function letterboxPlace(frame: Frame, width: number, height: number): Rectangle {
  const scale = Math.min(width / frame.width, height / frame.height);
  const inner = {
    width: Math.max(1, Math.round(frame.width * scale)),
    height: Math.max(1, Math.round(frame.height * scale)),
  };
  return {
    x: Math.floor((width - inner.width) / 2),
    y: Math.floor((height - inner.height) / 2),
    ...inner,
  };
}

/** Scaled to fit into the given size with its proportions kept, and padded on both sides. */
export function letterboxed(frame: Frame, width: number, height: number): Frame {
  positive(width, height);
  const place = letterboxPlace(frame, width, height);
  const scaled = resized(frame, place.width, place.height);
  return cropped(scaled, { x: -place.x, y: -place.y, width, height });
}

function positive(width: number, height: number): void {
  if (!(width > 0 && height > 0)) throw usageError(`a picture of ${width}x${height} pixels has no area`);
}
