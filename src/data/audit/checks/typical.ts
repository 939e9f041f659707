const CELLS = 4;
/** A cell counts where both pictures have so much of the structure that a cell has on average. */
const LEAST = 0.3;
/** The share of cells that may be less alike. */
const OTHERS = 3 / 8;

/**
 * The correlation of two pictures' structure, `side x side`, that five eighths of 4x4 cells reach, without
 * cells that have none: that of most of the picture, whatever a label, a rim or a collimator does to the
 * rest. 0 where fewer than half of the cells have structure.
 */
export function typical(a: ArrayLike<number>, b: ArrayLike<number>, side: number): number {
  const length = side / CELLS;
  const cells = Array.from({ length: CELLS * CELLS }, (_, cell) => {
    const [left, top] = [(cell % CELLS) * length, Math.floor(cell / CELLS) * length];
    let [both, ofA, ofB] = [0, 0, 0];
    for (let y = top; y < top + length; y++) {
      for (let i = y * side + left; i < y * side + left + length; i++) {
        both += a[i]! * b[i]!;
        ofA += a[i]! ** 2;
        ofB += b[i]! ** 2;
      }
    }
    return { both, ofA, ofB };
  });
  const least = (of: (cell: (typeof cells)[number]) => number) =>
    (LEAST * cells.reduce((sum, cell) => sum + of(cell), 0)) / cells.length;
  const [leastA, leastB] = [least(({ ofA }) => ofA), least(({ ofB }) => ofB)];
  const known = cells.flatMap(({ both, ofA, ofB }) =>
    ofA > leastA && ofB > leastB ? [both / Math.sqrt(ofA * ofB)] : [],
  );
  if (2 * known.length < cells.length) return 0;
  return known.sort((x, y) => x - y)[Math.floor(OTHERS * known.length)]!;
}
