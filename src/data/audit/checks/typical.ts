const CELLS = 4;
/** A cell counts where both pictures have so much of the structure that a cell has on average. */
const LEAST = 0.3;
/** The share of cells that may be less alike. */
const OTHERS = 3 / 8;

/** The share of a cell's pixels that must count. */
const COUNTED = 1 / 4;

/** The structure of a square picture. */
export interface Structure {
  readonly values: ArrayLike<number>;
  /** 1 for pixels whose value depends on a place where nothing varies; none by default. */
  readonly besideBare?: Uint8Array;
}

/**
 * The correlation of two pictures' structure, `side x side`, that five eighths of 4x4 cells reach, without
 * cells that have none: that of most of the picture, whatever a label, a rim or a collimator does to the
 * rest. Pixels beside a bare place of either picture, as behind a bar or a shutter, do not count, nor rows
 * between every so many; `sign` is -1 to invert one. 0 where fewer than half of the cells have structure that
 * counts.
 */
export function typical(one: Structure, other: Structure, side: number, options: Options = {}): number {
  const known = correlationsOf(one, other, side, options);
  return 2 * known.length < CELLS * CELLS ? 0 : mostOf(known);
}

/** Whether what counts of two pictures is less alike than `least`, however few cells that is. */
export function isUnlike(one: Structure, other: Structure, side: number, least: number, options: Options) {
  const known = correlationsOf(one, other, side, options);
  return known.length > 0 && mostOf(known) < least;
}

interface Options {
  readonly every?: number;
  readonly sign?: 1 | -1;
}

const mostOf = (correlations: readonly number[]): number =>
  [...correlations].sort((x, y) => x - y)[Math.floor(OTHERS * correlations.length)]!;

function correlationsOf(
  one: Structure,
  other: Structure,
  side: number,
  { every = 1, sign = 1 }: Options,
): readonly number[] {
  const length = side / CELLS;
  const cells: Cell[] = [];
  let sumA = 0;
  let sumB = 0;
  for (let top = 0; top < side; top += length) {
    for (let left = 0; left < side; left += length) {
      const cell = cellOf(one, other, { side, left, top, length, every });
      if (cell.count * every < COUNTED * length ** 2) continue;
      cells.push(cell);
      sumA += cell.ofA;
      sumB += cell.ofB;
    }
  }
  const [leastA, leastB] = [(LEAST * sumA) / cells.length, (LEAST * sumB) / cells.length];
  const found: number[] = [];
  for (const { both, ofA, ofB, count } of cells)
    if (ofA > leastA && ofB > leastB) found.push((sign * both) / (count * Math.sqrt(ofA * ofB)));
  return found;
}

/** The sum of the products of two pictures' pixels in a cell, and the means of each one's squares. */
interface Cell {
  readonly both: number;
  readonly ofA: number;
  readonly ofB: number;
  readonly count: number;
}

interface Place {
  readonly side: number;
  readonly left: number;
  readonly top: number;
  readonly length: number;
  readonly every: number;
}

function cellOf(one: Structure, other: Structure, { side, left, top, length, every }: Place): Cell {
  const [a, b] = [one.values, other.values];
  const { besideBare: bareA } = one;
  const { besideBare: bareB } = other;
  let [both, ofA, ofB, count] = [0, 0, 0, 0];
  for (let y = top; y < top + length; y += every) {
    const end = y * side + left + length;
    for (let i = end - length; i < end; i++) {
      if (bareA?.[i] || bareB?.[i]) continue;
      const [x, z] = [a[i]!, b[i]!];
      both += x * z;
      ofA += x * x;
      ofB += z * z;
      count++;
    }
  }
  return { both, ofA: ofA / count, ofB: ofB / count, count };
}
