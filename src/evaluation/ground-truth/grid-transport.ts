import { type Transport, transport } from '../../tensor/transport.js';

/** So many pairs of pixels are solved at once; more of them begin at half the size. */
const FEW = 2 ** 16;

/**
 * The least work of moving masses `from` pixels `[height * width]` `to` others of the same sum, over
 * Euclidean distances, exactly; `free` is mass that moves to any pixel for nothing. The first plan's prices
 * are those of the same problem on blocks of 2 x 2 pixels.
 */
export function gridTransport(
  from: Float64Array,
  to: Float64Array,
  [height, width]: readonly [number, number],
  free = 0,
): Transport & { readonly sinks: Int32Array } {
  const [sources, sinks] = [placesOf(from), placesOf(to)];
  const supply = [...Array.from(sources, (p) => from[p]!), ...(free > 0 ? [free] : [])];
  const way = ways(height, width);
  const plan = transport(
    supply,
    Float64Array.from(sinks, (p) => to[p]!),
    (i, j) => (i < sources.length ? way(sources[i]!, sinks[j]!) : 0),
    sources.length * sinks.length > FEW
      ? pricesFromBlocks(from, to, [height, width], free, sinks)
      : undefined,
  );
  return { ...plan, sinks };
}

const placesOf = (masses: Float64Array) => Int32Array.from([...masses.keys()].filter((p) => masses[p]! > 0));

/** Prices of the sinks, between those of the blocks around them. */
function pricesFromBlocks(
  from: Float64Array,
  to: Float64Array,
  [height, width]: readonly [number, number],
  free: number,
  sinks: Int32Array,
): Float64Array {
  const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const inBlocks = (masses: Float64Array) => {
    const sums = new Float64Array(rows * columns);
    for (let p = 0; p < masses.length; p++)
      sums[(Math.floor(p / width) >> 1) * columns + ((p % width) >> 1)]! += masses[p]!;
    return sums;
  };
  const coarse = gridTransport(inBlocks(from), inBlocks(to), [rows, columns], free);
  // A block is two pixels wide.
  const known = new Map([...coarse.sinks].map((block, j) => [block, 2 * coarse.prices[j]!]));
  return Float64Array.from(sinks, (p) => {
    const [y, x] = [Math.floor(p / width), p % width];
    // The nearest blocks: this pixel's own, and the next one up or down, left or right.
    const [y0, x0] = [y >> 1, x >> 1];
    const [y1, x1] = [y0 + (y % 2 === 0 ? -1 : 1), x0 + (x % 2 === 0 ? -1 : 1)];
    let [sum, weight] = [0, 0];
    for (const [row, column, share] of [
      [y0, x0, 9],
      [y0, x1, 3],
      [y1, x0, 3],
      [y1, x1, 1],
    ] as const) {
      const price = column < 0 || column >= columns ? undefined : known.get(row * columns + column);
      if (price === undefined) continue;
      sum += share * price;
      weight += share;
    }
    return sum / weight;
  });
}

/** The distance between two pixels, from a table of all differences of rows and columns. */
function ways(height: number, width: number) {
  const row = Int32Array.from({ length: height * width }, (_, p) => Math.floor(p / width));
  const table = Float64Array.from({ length: height * width }, (_, p) => Math.hypot(row[p]!, p % width));
  return (a: number, b: number): number => {
    const rows = row[a]! - row[b]!;
    return table[Math.abs(rows) * width + Math.abs(a - b - rows * width)]!;
  };
}
