import { connectedParts } from '../../tensor/components.js';
import type { Tensor } from '../../tensor/tensor.js';
import { regionAbove } from './overlap.js';

/** A box in pixels, 0-based and half-open, with the maximum of the map in it. */
export interface HeatBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly score: number;
}

/**
 * The boxes around the connected parts of a map `[H, W]` above a threshold, the greatest score first. Parts
 * of fewer than `least` pixels are left out.
 */
export function heatBoxes(map: Tensor, threshold: number, least = 1): HeatBox[] {
  return boxesOf(partsOf(regionAbove(map, threshold), least), map).sort((a, b) => b.score - a.score);
}

/** The boxes around parts of a map `[H, W]`, given as indices of pixels, with the maximum in each. */
export function boxesOf(parts: readonly Uint32Array[], { data, shape }: Tensor): HeatBox[] {
  const across = shape[1]!;
  return parts.map((part) => {
    let [left, top, right, bottom, score] = [Infinity, Infinity, 0, 0, -Infinity];
    for (let i = 0; i < part.length; i++) {
      const p = part[i]!;
      const x = p % across;
      const y = (p - x) / across;
      if (x < left) left = x;
      if (x >= right) right = x + 1;
      if (y < top) top = y;
      if (y >= bottom) bottom = y + 1;
      if (data[p]! > score) score = data[p]!;
    }
    return { x: left, y: top, width: right - left, height: bottom - top, score };
  });
}

/** The mask `[H, W]` of the parts of a map above a threshold that have at least so many pixels. */
export function heatMask(map: Tensor, threshold: number, least = 1): Tensor<Uint8Array> {
  const data = new Uint8Array(map.data.length);
  for (const part of partsOf(regionAbove(map, threshold), least)) for (const pixel of part) data[pixel] = 1;
  return { data, shape: map.shape };
}

const partsOf = (mask: Tensor<Uint8Array>, least: number) =>
  connectedParts(mask).filter((part) => part.length >= least);
