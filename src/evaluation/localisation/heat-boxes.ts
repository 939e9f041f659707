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
  return partsAbove(map, threshold)
    .filter(({ pixels }) => pixels >= least)
    .map(({ left, top, right, bottom, score }) => ({
      ...{ x: left, y: top, width: right - left, height: bottom - top, score },
    }))
    .sort((a, b) => b.score - a.score);
}

/** The rectangle around a part, half-open, while it grows. */
interface Part {
  left: number;
  top: number;
  right: number;
  bottom: number;
  score: number;
  pixels: number;
}

/**
 * The parts above a threshold in the order of their first pixels: each row is read once, as runs of pixels,
 * which belong to the parts of the runs that they touch in the row above.
 */
function partsAbove({ data, shape }: Tensor, threshold: number): Part[] {
  const [height, width] = shape as readonly [number, number];
  const parts: Part[] = [];
  /** The part that each part was joined to; an earlier one, or itself. */
  const into: number[] = [];
  const rootOf = (part: number) => {
    let root = part;
    while (into[root] !== root) root = into[root]!;
    return root;
  };
  let [above, own] = [noRuns(width), noRuns(width)];
  for (let y = 0; y < height; y++) {
    const row = y * width;
    own.count = 0;
    let next = 0;
    for (let x = 0; x < width; x++) {
      if (!(data[row + x]! > threshold)) continue;
      const run = { left: x, top: y, right: x, bottom: y + 1, score: -Infinity, pixels: 0 };
      for (; x < width && data[row + x]! > threshold; x++)
        if (data[row + x]! > run.score) run.score = data[row + x]!;
      run.right = x;
      run.pixels = x - run.left;
      // Corners touch: a run above that ends before this one begins touches no later one either.
      while (next < above.count && above.end[next]! < run.left) next++;
      let part = -1;
      for (let k = next; k < above.count && above.start[k]! <= x; k++) {
        const other = rootOf(above.part[k]!);
        if (part === -1 || part === other) part = other;
        else {
          const [early, late] = part < other ? [part, other] : [other, part];
          into[late] = early;
          join(parts[early]!, parts[late]!);
          part = early;
        }
      }
      if (part === -1) part = into.push(parts.push(run) - 1) - 1;
      else join(parts[part]!, run);
      own.start[own.count] = run.left;
      own.end[own.count] = x;
      own.part[own.count++] = part;
    }
    [above, own] = [own, above];
  }
  return parts.filter((_, i) => into[i] === i);
}

/** The runs of a row: where each begins and ends, and its part. */
const noRuns = (width: number) => ({
  start: new Int32Array(width),
  end: new Int32Array(width),
  part: new Int32Array(width),
  count: 0,
});

function join(part: Part, more: Part): void {
  part.left = Math.min(part.left, more.left);
  part.top = Math.min(part.top, more.top);
  part.right = Math.max(part.right, more.right);
  part.bottom = Math.max(part.bottom, more.bottom);
  part.score = Math.max(part.score, more.score);
  part.pixels += more.pixels;
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
