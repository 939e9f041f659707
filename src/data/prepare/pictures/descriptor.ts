import { seededRandom } from '../../../base/random.js';
import { type Field, valueAt } from './scale-space.js';
import { type Symmetry, symmetries } from './symmetries.js';

/** Numbers of 32 bits that describe what is around a place. */
export const WORDS = 8;
const BITS = 32 * WORDS;
/** What is around a place has so many cells a side, each so many blurs wide. */
const [SIDE, CELL] = [8, 1.6];
/** How far apart the cells are that are compared. */
const APART = { least: 1.5, most: 5 };

/** Pairs of cells, so that each symmetry of the square takes each to another. */
const pairs = pairsOf();

function pairsOf(): readonly (readonly [number, number])[] {
  const random = seededRandom('pairs of cells');
  const any = () => random.below(SIDE * SIDE);
  const made: (readonly [number, number])[] = [];
  const known = new Set<string>();
  while (made.length < BITS) {
    const [a, b] = [any(), any()];
    const apart = Math.hypot((a % SIDE) - (b % SIDE), Math.floor(a / SIDE) - Math.floor(b / SIDE));
    if (apart < APART.least || apart > APART.most) continue;
    const orbit = symmetries.map((symmetry) => [shownAt(a, symmetry), shownAt(b, symmetry)] as const);
    const names = new Set(orbit.map(([p, q]) => `${Math.min(p, q)} ${Math.max(p, q)}`));
    if (names.size < symmetries.length || [...names].some((name) => known.has(name))) continue;
    for (const name of names) known.add(name);
    made.push(...orbit);
  }
  return made;
}

/** The cell of the original that a cell of the turned picture shows. */
function shownAt(cell: number, { transposed, mirroredX, mirroredY }: Symmetry): number {
  const [x, y] = [cell % SIDE, Math.floor(cell / SIDE)];
  const [u, v] = transposed ? [y, x] : [x, y];
  return (mirroredY ? SIDE - 1 - v : v) * SIDE + (mirroredX ? SIDE - 1 - u : u);
}

/** By symmetry, the bit of the original that each bit of the turned picture is. */
const sources: readonly Uint16Array[] = symmetries.map((symmetry) => {
  const at = new Map(pairs.map(([a, b], i) => [`${a} ${b}`, i]));
  return Uint16Array.from(pairs, ([a, b]) => at.get(`${shownAt(a, symmetry)} ${shownAt(b, symmetry)}`)!);
});

/** The bits of places in a picture that is turned by the symmetry of an index. */
export function turnedBits(bits: Uint32Array, symmetry: number): Uint32Array {
  if (symmetry === 0) return bits;
  const out = new Uint32Array(bits.length);
  const from = sources[symmetry]!;
  for (let place = 0; place < bits.length; place += WORDS) {
    for (let i = 0; i < BITS; i++)
      out[place + (i >> 5)]! |= ((bits[place + (from[i]! >> 5)]! >>> (from[i]! & 31)) & 1) << (i & 31);
  }
  return out;
}

/** In how many bits two places differ. */
export function differing(a: Uint32Array, from: number, b: Uint32Array, to: number): number {
  let sum = 0;
  for (let word = 0; word < WORDS; word++) {
    let v = a[from + word]! ^ b[to + word]!;
    v -= (v >>> 1) & 0x55555555;
    v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
    sum += Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return sum;
}

const CELL_COUNT = SIDE * SIDE;
const offsets = Float32Array.from({ length: 2 * CELL_COUNT }, (_, i) => {
  const cell = i >> 1;
  return (i % 2 === 0 ? cell % SIDE : Math.floor(cell / SIDE)) - (SIDE - 1) / 2;
});
const spread = offsets.reduce((sum, at, i) => (i % 2 === 0 ? sum + at * at : sum), 0);
const compared = Uint8Array.from(pairs.flat());

/**
 * Writes which cells around a place are brighter than which, once the slope through all of them is taken off
 * (after Calonder et al. 2010, "BRIEF: Binary Robust Independent Elementary Features").
 */
export function describe(
  field: Field,
  place: { readonly x: number; readonly y: number; readonly blur: number; readonly bright: boolean },
  bits: Uint32Array,
  from: number,
): void {
  const pitch = CELL * place.blur;
  const sign = place.bright ? 1 : -1;
  const cells = new Float32Array(CELL_COUNT);
  let [across, down] = [0, 0];
  for (let i = 0; i < CELL_COUNT; i++) {
    const [u, v] = [offsets[2 * i]!, offsets[2 * i + 1]!];
    cells[i] = sign * valueAt(field, place.x + u * pitch, place.y + v * pitch);
    across += (u * cells[i]!) / spread;
    down += (v * cells[i]!) / spread;
  }
  for (let i = 0; i < CELL_COUNT; i++) cells[i]! -= across * offsets[2 * i]! + down * offsets[2 * i + 1]!;
  for (let i = 0; i < BITS; i++)
    if (cells[compared[2 * i]!]! > cells[compared[2 * i + 1]!]!) bits[from + (i >> 5)]! |= 1 << (i & 31);
}
