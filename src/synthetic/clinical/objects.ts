/** A letter in 5 x 7 cells. */
const letters = {
  L: ['#....', '#....', '#....', '#....', '#....', '#....', '#####'],
  R: ['####.', '#...#', '#...#', '####.', '#.#..', '#..#.', '#...#'],
  S: ['.####', '#....', '#....', '.###.', '....#', '....#', '####.'],
};
const [COLUMNS, ROWS] = [5, 7];
/** What letters and tubes add to an image, whose range is 1. */
const [LETTER, TUBE] = [0.4, 0.25];
const STEPS = 5;

/** Side of a cell in pixels. */
const cellOf = (size: number) => Math.max(1, Math.round(size / 64));

/** Objects that may lie on an image; each says what it adds to pixel (x, y) of one of `size` pixels. */
const drawn = {
  /** The letter R in the upper right corner. */
  marker: (size: number) => {
    const cell = cellOf(size);
    return written('R', size - (COLUMNS + 2) * cell, 2 * cell, cell);
  },
  /** Two walls of a tube in the middle, from above to just above the middle. */
  tube: (size: number) => (x: number, y: number) => {
    const away = Math.abs(x + 0.5 - size / 2) / size;
    return y < 0.42 * size && Math.abs(away - 0.022) < Math.max(0.008, 0.5 / size) ? TUBE : 0;
  },
  /** The letters SL in the lower left corner. */
  watermark: (size: number) => {
    const cell = cellOf(size);
    const y = size - (ROWS + 2) * cell;
    const s = written('S', 2 * cell, y, cell);
    const l = written('L', (3 + COLUMNS) * cell, y, cell);
    return (column: number, row: number) => s(column, row) + l(column, row);
  },
} satisfies Record<string, (size: number) => (x: number, y: number) => number>;

export type ObjectName = keyof typeof drawn;
export const objectNames = Object.keys(drawn) as readonly ObjectName[];

/** What an object adds to each pixel, `[size * size]`. */
export function drawObject(name: ObjectName, size: number): Float32Array {
  const at = drawn[name](size);
  return Float32Array.from({ length: size * size }, (_, i) => at(i % size, Math.floor(i / size)));
}

/** A step wedge in the upper left corner: the values of its pixels at the usual exposure; NaN elsewhere. */
export function drawWedge(size: number): Float32Array {
  const step = 4 * cellOf(size);
  return Float32Array.from({ length: size * size }, (_, i) => {
    const [x, y] = [i % size, Math.floor(i / size) - step / 2];
    const at = Math.floor(y / step);
    return x < step && at >= 0 && at < STEPS ? (at + 0.5) / STEPS : Number.NaN;
  });
}

const written =
  (letter: keyof typeof letters, left: number, top: number, cell: number) =>
  (x: number, y: number): number => {
    const [column, row] = [Math.floor((x - left) / cell), Math.floor((y - top) / cell)];
    return letters[letter][row]?.[column] === '#' ? LETTER : 0;
  };
