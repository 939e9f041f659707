const CELLS = 4;

/**
 * The median correlation of two pictures' fine structure, `side x side`, in 4x4 cells: that of most of the
 * picture, whatever a label, a rim or a collimator does to the rest.
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
    return ofA * ofB === 0 ? 0 : both / Math.sqrt(ofA * ofB);
  });
  return cells.sort((x, y) => x - y)[cells.length / 2]!;
}
