import { type Flow, type Transport, transport } from '../../tensor/transport.js';

/** So many pairs of pixels are solved at once; more of them begin at half the size. */
const FEW = 2 ** 12;

/** A cheapest plan between pixels: its flows lead from place to place in these lists; free mass is last. */
interface GridTransport extends Transport {
  readonly sources: Int32Array;
  readonly sinks: Int32Array;
}

/**
 * The least work of moving masses `from` pixels `[height * width]` `to` others of the same sum, over
 * Euclidean distances, exactly; `free` is mass that moves to any pixel for nothing. The first plan is the
 * cheapest one between blocks of 2 x 2 pixels, shared out among their pixels.
 */
export function gridTransport(
  from: Float64Array,
  to: Float64Array,
  [height, width]: readonly [number, number],
  free = 0,
): GridTransport {
  const [sources, sinks] = [placesOf(from), placesOf(to)];
  const supply = Float64Array.from([...Array.from(sources, (p) => from[p]!), ...(free > 0 ? [free] : [])]);
  const demand = Float64Array.from(sinks, (p) => to[p]!);
  const way = ways(height, width);
  const cost = (i: number, j: number) => (i < sources.length ? way(sources[i]!, sinks[j]!) : 0);
  if (sources.length * sinks.length <= FEW) return { ...transport(supply, demand, cost), sources, sinks };
  const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const blockOf = (p: number) => (Math.floor(p / width) >> 1) * columns + ((p % width) >> 1);
  const inBlocks = (masses: Float64Array) => {
    const sums = new Float64Array(rows * columns);
    for (let p = 0; p < masses.length; p++) sums[blockOf(p)]! += masses[p]!;
    return sums;
  };
  const coarse = gridTransport(inBlocks(from), inBlocks(to), [rows, columns], free);
  const [starts, ends] = [membersOf(sources, blockOf), membersOf(sinks, blockOf)];
  const plan = sharedOut(
    coarse.flows,
    (i) => (i < coarse.sources.length ? starts.get(coarse.sources[i]!)! : [sources.length]),
    (j) => ends.get(coarse.sinks[j]!)!,
    { supply, demand },
  );
  return { ...transport(supply, demand, cost, plan), sources, sinks };
}

const placesOf = (masses: Float64Array) => Int32Array.from([...masses.keys()].filter((p) => masses[p]! > 0));

/** The places in a list of pixels that lie in each block. */
function membersOf(pixels: Int32Array, blockOf: (pixel: number) => number): Map<number, number[]> {
  const members = new Map<number, number[]>();
  for (const [place, pixel] of pixels.entries()) push(members, blockOf(pixel), place);
  return members;
}

function push<T>(lists: Map<number, T[]>, key: number, value: T): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/**
 * The flows between groups as flows between their members: those out of a source group are shared out among
 * its members one after the other, and what comes into a sink group likewise. Where the given flows make no
 * circle, these make none.
 */
function sharedOut(
  flows: readonly Flow[],
  sourcesOf: (group: number) => readonly number[],
  sinksOf: (group: number) => readonly number[],
  { supply, demand }: { readonly supply: Float64Array; readonly demand: Float64Array },
): Flow[] {
  const [leaving, coming] = [new Map<number, Flow[]>(), new Map<number, Flow[]>()];
  for (const flow of flows) push(leaving, flow.source, flow);
  for (const [group, out] of leaving) {
    const members = sourcesOf(group);
    const pieces = northwestCorner(
      members.map((member) => supply[member]!),
      out.map(({ mass }) => mass),
    );
    for (const { row, column, mass } of pieces) {
      const { sink } = out[column]!;
      push(coming, sink, { source: members[row]!, sink, mass });
    }
  }
  return [...coming].flatMap(([group, into]) => {
    const members = sinksOf(group);
    const pieces = northwestCorner(
      into.map(({ mass }) => mass),
      members.map((member) => demand[member]!),
    );
    return pieces.map(({ row, column, mass }) => ({
      source: into[row]!.source,
      sink: members[column]!,
      mass,
    }));
  });
}

/** A table with the given sums of rows and columns: the entries that are not zero, from corner to corner. */
function northwestCorner(rows: readonly number[], columns: readonly number[]) {
  const entries: { readonly row: number; readonly column: number; readonly mass: number }[] = [];
  let [row, column] = [0, 0];
  let [inRow, inColumn] = [rows[0]!, columns[0]!];
  while (row < rows.length && column < columns.length) {
    const mass = Math.min(inRow, inColumn);
    entries.push({ row, column, mass });
    inRow -= mass;
    inColumn -= mass;
    if (inRow === 0) inRow = rows[++row]!;
    if (inColumn === 0) inColumn = columns[++column]!;
  }
  return entries;
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
