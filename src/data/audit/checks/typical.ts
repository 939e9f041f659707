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
  const [a, b] = [one.values, other.values];
  const length = side / CELLS;
  const cells = Array.from({ length: CELLS * CELLS }, (_, cell) => {
    const [left, top] = [(cell % CELLS) * length, Math.floor(cell / CELLS) * length];
    let [both, ofA, ofB, count] = [0, 0, 0, 0];
    for (let y = top; y < top + length; y += every) {
      for (let i = y * side + left; i < y * side + left + length; i++) {
        if (one.besideBare?.[i] || other.besideBare?.[i]) continue;
        both += a[i]! * b[i]!;
        ofA += a[i]! ** 2;
        ofB += b[i]! ** 2;
        count++;
      }
    }
    return count * every < COUNTED * length ** 2 ? [] : [{ both, ofA: ofA / count, ofB: ofB / count, count }];
  }).flat();
  const least = (of: (cell: (typeof cells)[number]) => number) =>
    (LEAST * cells.reduce((sum, cell) => sum + of(cell), 0)) / cells.length;
  const [leastA, leastB] = [least(({ ofA }) => ofA), least(({ ofB }) => ofB)];
  return cells.flatMap(({ both, ofA, ofB, count }) =>
    ofA > leastA && ofB > leastB ? [(sign * both) / (count * Math.sqrt(ofA * ofB))] : [],
  );
}
