import { resizeCubic } from '../../tensor/resize.js';
import { zeros } from '../../tensor/tensor.js';
import { boxAround } from './activation-box.js';

/** A place of a feature map, and the map's rows and columns. */
export interface PlaceIn {
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
}

/**
 * The box `[x, y, width, height]` of a place in an image of `[height, width]`: of the pixels above 0.02 where
 * the place alone, of value 1, is enlarged by cubic convolution (ProtoTree: Nauta et al. 2021,
 * arXiv:2012.02046).
 */
export function placeBox({ row, column, rows, columns }: PlaceIn, height: number, width: number) {
  const one = zeros([rows, columns]);
  one.data[row * columns + column] = 1;
  return boxAround(resizeCubic(one, height, width), (value) => value > 0.02);
}

/** The map that PIP-Net's published code has rules of its own for. */
const fine = 26;

/**
 * The square of `patch` pixels that stands for a place of a square feature map in PIP-Net (Nauta et al.
 * 2023): squares at even steps, the last one at the image's end; of maps of 26 x 26 the first and last step
 * is 4 pixels. `lastRow: 'as-others'` draws the last row, and maps of 26 x 26, as all others, as the
 * published pictures do.
 */
export function partBox(
  { row, column, rows, columns }: PlaceIn,
  height: number,
  width: number,
  patch: number,
  lastRow: 'at-end' | 'as-others' = 'at-end',
) {
  const offset = lastRow === 'at-end' && rows === fine && columns === fine;
  const along = (place: number, count: number, size: number, last: boolean) => {
    const side = Math.min(patch, size);
    const step = stepOf(size, count, side);
    const from = offset ? Math.max(0, (place - 1) * step + 4 - (place === count - 1 ? 4 : 0)) : place * step;
    const ends = from + side >= size || (last && place === count - 1);
    return [ends ? size - side : from, side] as const;
  };
  const [y, tall] = along(row, rows, height, lastRow === 'at-end');
  const [x, wide] = along(column, columns, width, true);
  return [x, y, wide, tall] as const;
}

/** The pixels from one square to the next, a half rounded to the even number. */
export function stepOf(size: number, count: number, patch: number): number {
  const exact = count > 1 ? (size - patch) / (count - 1) : 0;
  const below = Math.floor(exact);
  return exact - below === 0.5 ? below + (below % 2) : Math.round(exact);
}
