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
  return boxesAround(regionAbove(map, threshold), map, least).sort((a, b) => b.score - a.score);
}

/** The boxes around the connected parts of a mask `[H, W]`, with the maximum of the map in each part. */
export function boxesAround(mask: Tensor<Uint8Array>, { data }: Tensor, least = 1): HeatBox[] {
  const width = mask.shape[1]!;
  return partsOf(mask, least).map((part) => {
    let [left, top, right, bottom, score] = [Infinity, Infinity, 0, 0, -Infinity];
    for (let i = 0; i < part.length; i++) {
      const [y, x] = [Math.floor(part[i]! / width), part[i]! % width];
      [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y + 1)];
      score = Math.max(score, data[part[i]!]!);
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
