import { connectedParts } from '../../tensor/components.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import type { Transform } from '../sample.js';
import { type Coverage, coverBox } from './coverage.js';
import type { Rectangle } from './frame.js';
import { forwardBox } from './points.js';

/** A binary mask `[H, W]`. */
export type Mask = Tensor<Uint8Array>;

/**
 * Sets each pixel with at least half of its area covered. A shape that half covers no pixel sets the pixel it
 * covers most, so a small finding keeps one pixel. A shape outside the image gives an empty mask.
 */
export function maskOfCoverage({ data, shape }: Coverage): Mask {
  const mask = halfFull(data);
  if (!mask.includes(1)) {
    const most = indexOfMost(data);
    if (data[most]! > 0) mask[most] = 1;
  }
  return tensor(mask, shape);
}

/** One half, less the rounding error of float32 sums. */
const HALF = 0.5 - 1e-5;

function halfFull(coverage: Float32Array): Uint8Array {
  const mask = new Uint8Array(coverage.length);
  for (let i = 0; i < mask.length; i++) if (coverage[i]! >= HALF) mask[i] = 1;
  return mask;
}

/** Mask of boxes in an image of the given size, in the same pixels. */
export function maskOfBoxes(boxes: readonly Rectangle[], height: number, width: number): Mask {
  return union(
    boxes.map((box) => maskOfCoverage(coverBox(box, height, width))),
    height,
    width,
  );
}

/** Mask at the model's input of boxes in original pixels. */
export const inputMaskOfBoxes = (boxes: readonly Rectangle[], t: Transform, height: number, width: number) =>
  maskOfBoxes(
    boxes.map((box) => forwardBox(t, box)),
    height,
    width,
  );

export function union(masks: readonly Mask[], height: number, width: number): Mask {
  const data = new Uint8Array(height * width);
  for (const mask of masks) {
    for (let i = 0; i < data.length; i++) data[i]! |= mask.data[i]!;
  }
  return tensor(data, [height, width]);
}

/**
 * Resamples a mask of the original image to the model's input, `[height, width]`, with the threshold of half
 * a pixel. A connected component that would leave no pixel keeps the pixel it covers most.
 */
export function inputMask(mask: Mask, t: Transform, height: number, width: number): Mask {
  const stride = mask.shape[1]!;
  const coverage = new Float32Array(height * width);
  const parts = connectedParts(mask);
  for (const pixels of parts) {
    for (const pixel of pixels) {
      spread(pixel, stride, t, height, width, (i, share) => {
        coverage[i]! += share;
      });
    }
  }
  const data = halfFull(coverage);
  for (const pixels of parts) {
    const shares = new Map<number, number>();
    let kept = false;
    for (const pixel of pixels) {
      spread(pixel, stride, t, height, width, (i, share) => {
        kept ||= data[i] === 1;
        shares.set(i, (shares.get(i) ?? 0) + share);
      });
      if (kept) break;
    }
    if (kept || shares.size === 0) continue;
    const [most] = [...shares].reduce((a, b) => (b[1] > a[1] ? b : a));
    data[most] = 1;
  }
  return tensor(data, [height, width]);
}

/** Calls `add` for each input pixel that one original pixel overlaps, with the covered fraction. */
function spread(
  pixel: number,
  stride: number,
  t: Transform,
  height: number,
  width: number,
  add: (index: number, share: number) => void,
): void {
  const column = t.flipped ? t.originalWidth - 1 - (pixel % stride) : pixel % stride;
  const left = t.scaleX * column + t.offsetX;
  const top = t.scaleY * Math.floor(pixel / stride) + t.offsetY;
  const [right, bottom] = [left + t.scaleX, top + t.scaleY];
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(height, bottom); y++) {
    const tall = Math.min(bottom, y + 1) - Math.max(top, y);
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(width, right); x++) {
      add(y * width + x, tall * (Math.min(right, x + 1) - Math.max(left, x)));
    }
  }
}

function indexOfMost(data: Float32Array): number {
  let most = 0;
  for (let i = 1; i < data.length; i++) if (data[i]! > data[most]!) most = i;
  return most;
}
