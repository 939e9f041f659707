import type { Part } from './part.js';
import type { Raster } from './raster.js';

/** Intensity range, of 256, of a bare row or column with compression noise. */
const NOISE = 12;

/**
 * The part of a raster within bare rows and columns at its edges, such as those of a letterbox, and within
 * one more beside them, which rescaling mixes with them.
 */
export function withinBareEdges({ values, width, height }: Raster): Part {
  const isBare = (count: number, at: (i: number) => number) => {
    let [low, high] = [255, 0];
    for (let i = 0; i < count; i++) {
      low = Math.min(low, at(i));
      high = Math.max(high, at(i));
    }
    return high - low <= NOISE;
  };
  const isBareRow = (y: number) => isBare(width, (x) => values[y * width + x]!);
  const isBareColumn = (x: number) => isBare(height, (y) => values[y * width + x]!);
  const [top, bottom] = within(height, isBareRow);
  const [left, right] = within(width, isBareColumn);
  return {
    x: left / width,
    y: top / height,
    width: (right - left) / width,
    height: (bottom - top) / height,
  };
}

/** The lines within the bare ones at either end and the one beside these; all where all are bare. */
function within(count: number, isBare: (line: number) => boolean): readonly [number, number] {
  let first = 0;
  while (first < count && isBare(first)) first++;
  if (first === count) return [0, count];
  let end = count;
  while (isBare(end - 1)) end--;
  const [from, to] = [first > 0 ? first + 1 : 0, end < count ? end - 1 : count];
  return from < to ? [from, to] : [first, end];
}
