import type { Part } from './part.js';
import type { Raster } from './raster.js';

/** Intensity range, of 256, of a bare row or column with compression noise. */
const NOISE = 12;

/** The part of a raster within bare rows and columns at its edges, such as those of a letterbox. */
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

/** The lines from the first to behind the last that is not bare; all where all are. */
function within(count: number, isBare: (line: number) => boolean): readonly [number, number] {
  let first = 0;
  while (first < count && isBare(first)) first++;
  if (first === count) return [0, count];
  let end = count;
  while (isBare(end - 1)) end--;
  return [first, end];
}
