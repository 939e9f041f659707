import type { Part } from './part.js';
import type { Raster } from './raster.js';

/** Intensity range, of 256, of a line between panels with compression noise. */
const NOISE = 12;
/** The least share of a side that a panel has, and its least length in pixels of the raster. */
const LEAST = { share: 0.2, length: 48 };
/** More pieces are a page or a grid of cells, not panels. */
const MOST = 9;

/** A part of a raster in its pixels. */
type Piece = Readonly<Record<'left' | 'top' | 'right' | 'bottom', number>>;

/**
 * The pictures of a raster that shows several side by side or above each other, apart by bare lines through
 * the whole, each within its own bare edges; none where it shows one.
 */
export function panelsOf(raster: Raster): readonly Part[] {
  const { width, height } = raster;
  const whole = { left: 0, top: 0, right: width, bottom: height };
  const pieces = [whole]
    .flatMap((piece) => split(raster, piece, 'columns'))
    .flatMap((piece) => split(raster, piece, 'rows'))
    .flatMap((piece) => split(raster, piece, 'columns'));
  if (pieces.length < 2 || pieces.length > MOST) return [];
  return pieces.map(({ left, top, right, bottom }) => ({
    x: left / width,
    y: top / height,
    width: (right - left) / width,
    height: (bottom - top) / height,
  }));
}

/** The large pieces between bare lines of one direction; one, within bare edges, where none is inside. */
function split({ values, width, height }: Raster, piece: Piece, along: 'columns' | 'rows'): Piece[] {
  const { left, top, right, bottom } = piece;
  const isColumns = along === 'columns';
  const [from, to] = isColumns ? [left, right] : [top, bottom];
  const isBare = (line: number) => {
    let [low, high] = [255, 0];
    for (let i = isColumns ? top : left; i < (isColumns ? bottom : right); i++) {
      const value = values[isColumns ? i * width + line : line * width + i]!;
      low = Math.min(low, value);
      high = Math.max(high, value);
      if (high - low > NOISE) return false;
    }
    return true;
  };
  const runs: [number, number][] = [];
  for (let line = from, isOpen = false; line < to; line++) {
    const bare = isBare(line);
    if (!bare && !isOpen) runs.push([line, line + 1]);
    else if (!bare) runs.at(-1)![1] = line + 1;
    isOpen = !bare;
  }
  const side = isColumns ? width : height;
  return runs
    .filter(([first, end]) => end - first >= Math.max(LEAST.length, LEAST.share * side))
    .map(([first, end]) => {
      const [a, b] = [first > from ? first + 1 : first, end < to ? end - 1 : end];
      return isColumns ? { ...piece, left: a, right: b } : { ...piece, top: a, bottom: b };
    });
}
