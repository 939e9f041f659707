import { localContrast } from './local-contrast.js';
import { partOf, summed } from './part.js';
import { type Print, SMALL_SIDE } from './print.js';

const [SIDE, CELLS] = [64, 4];
/** Neighbours in a 16x16 cell of 480 on either side of the mean around them, where there is detail. */
const LEAST = 12;
/** Steps of local contrast that rounded grey values make of a slope. */
const ROUNDING = 1;
/** So many cells have detail. */
const DETAILED = 4;

/**
 * Whether a picture has detail by which it can be told from others. Where it has none, as in a slope or in
 * smooth blobs, nearly all neighbours lie on the same side of the mean around them, and two pictures agree by
 * chance.
 */
export function hasDetail({ small, part }: Pick<Print, 'small' | 'part'>): boolean {
  const above = localContrast(partOf(summed(small, SMALL_SIDE), part, SIDE), SIDE).map((value) =>
    Math.abs(value) > ROUNDING ? Math.sign(value) : 0,
  );
  const length = SIDE / CELLS;
  const changes = new Float64Array(CELLS * CELLS);
  const count = (i: number, next: number) => {
    if (above[i]! * above[next]! < 0) changes[cellOf(i)]! += 1;
  };
  const cellOf = (i: number) => Math.floor(i / SIDE / length) * CELLS + Math.floor((i % SIDE) / length);
  for (const i of above.keys()) {
    if ((i % SIDE) % length < length - 1) count(i, i + 1);
    if (Math.floor(i / SIDE) % length < length - 1) count(i, i + SIDE);
  }
  return changes.filter((changed) => changed >= LEAST).length >= DETAILED;
}
