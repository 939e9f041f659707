import { usageError } from '../../base/errors.js';
import type { Transform } from '../sample.js';

/**
 * The current size of an image and its transform from the original image. Coordinates are continuous; pixel
 * `i` spans `[i, i + 1)`.
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

/** The identity frame of an original image. */
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

/** Resizes a frame; the scales of both axes may differ. */
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

/** Crops a frame at `x, y` of the current image. A rectangle beyond the edges adds padding. */
export function cropped(frame: Frame, { x, y, width, height }: Rectangle): Frame {
  positive(width, height);
  const { offsetX, offsetY } = frame.transform;
  return {
    width,
    height,
    transform: { ...frame.transform, offsetX: offsetX - x, offsetY: offsetY - y },
  };
}

/** Mirrors a frame left to right. `x' = width - x` becomes a flip of the original and a new offset. */
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

/** The rectangle of the centred image in a canvas, scaled uniformly to fit, in whole pixels. */
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

/** Scales a frame uniformly to fit the given size and pads it on both sides. */
export function letterboxed(frame: Frame, width: number, height: number): Frame {
  positive(width, height);
  const place = letterboxPlace(frame, width, height);
  const scaled = resized(frame, place.width, place.height);
  return cropped(scaled, { x: -place.x, y: -place.y, width, height });
}

function positive(width: number, height: number): void {
  if (!(width > 0 && height > 0)) throw usageError(`a picture of ${width}x${height} pixels has no area`);
}
