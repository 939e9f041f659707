import { permutation, seededRandom } from '../../../base/random.js';
import { differing, turnedBits, WORDS } from '../../prepare/pictures/descriptor.js';
import type { Keypoints } from '../../prepare/pictures/keypoints.js';
import { symmetries } from '../../prepare/pictures/symmetries.js';

/** A place `i` of one picture that looks like the place `j` of another, which is turned. */
export interface Hit {
  readonly i: number;
  readonly j: number;
  readonly bits: number;
}

/** Places that two pictures seem to share, where the second is turned by a symmetry and may be inverted. */
export interface Votes {
  readonly a: number;
  /** The index of the symmetry that turns the second. */
  readonly symmetry: number;
  readonly isInverted: boolean;
  readonly hits: readonly Hit[];
}

/** Places are compared that have the same bits at so many positions, in one of several tables. */
const [TABLES, KEY] = [10, 20];
/** What more places look like than this, such as letters and icons, tells nothing. */
const COMMON = 100;
/** The most bits in which places that look alike differ. */
const ALIKE = 52;
/** By how much, as a ratio of bits, a place is more alike than the next one of the same picture. */
const CLEARER = 0.85;
/** A place votes for so many pictures, those that have one most alike. */
const NEAREST = 12;
/** Fewer votes are no candidate. */
const FEWEST = 6;

const positions = Array.from({ length: TABLES }, (_, table) =>
  permutation(seededRandom(`table ${table}`), 32 * WORDS).slice(0, KEY),
);

/** Finds in places of many pictures, without a comparison of all pairs of pictures, what is alike. */
export class Ballot {
  readonly #starts: readonly number[];
  readonly #bits: Uint32Array;
  readonly #bright: Uint8Array;
  readonly #pictures: Uint32Array;
  readonly #tables: readonly Table[];
  readonly #seen: Uint32Array;
  #turn = 0;

  constructor(pictures: readonly Keypoints[]) {
    let total = 0;
    this.#starts = pictures.map(({ count }) => {
      total += count;
      return total - count;
    });
    this.#bits = new Uint32Array(WORDS * total);
    this.#bright = new Uint8Array(total);
    this.#pictures = new Uint32Array(total);
    for (const [index, { bits, bright, count }] of pictures.entries()) {
      const start = this.#starts[index]!;
      this.#bits.set(bits, WORDS * start);
      this.#bright.set(bright, start);
      this.#pictures.fill(index, start, start + count);
    }
    this.#tables = positions.map((at) => tableOf(this.#bits, total, at));
    this.#seen = new Uint32Array(total);
  }

  /** What places of a picture are like places of those before it. */
  votesOf(picture: Keypoints, before: number): readonly Votes[] {
    const turned = symmetries.map((_, symmetry) => turnedBits(picture.bits, symmetry));
    const found = new Map<number, Hit[]>();
    for (let j = 0; j < picture.count; j++) {
      const nearest = new Map<number, { i: number; bits: number; next: number }>();
      for (const [symmetry, bits] of turned.entries())
        this.#look(nearest, picture, j, symmetry, bits, before);
      const clear = [...nearest].filter(([, { bits, next }]) => bits <= CLEARER * next);
      if (clear.length > NEAREST) clear.sort((p, q) => p[1].bits - q[1].bits).splice(NEAREST);
      for (const [key, { i, bits }] of clear) {
        const own = found.get(key);
        if (own === undefined) found.set(key, [{ i, j, bits }]);
        else own.push({ i, j, bits });
      }
    }
    return [...found].flatMap(([key, hits]) => {
      const [a, symmetry, isInverted] = [key >> 4, (key >> 1) & 7, (key & 1) === 1];
      return hits.length < FEWEST ? [] : [{ a, symmetry, isInverted, hits }];
    });
  }

  #look(
    nearest: Map<number, { i: number; bits: number; next: number }>,
    { bright }: Keypoints,
    j: number,
    symmetry: number,
    bits: Uint32Array,
    before: number,
  ): void {
    this.#turn++;
    for (const [t, { first, places }] of this.#tables.entries()) {
      const key = keyOf(bits, WORDS * j, positions[t]!);
      const [start, end] = [first[key]!, first[key + 1]!];
      if (end - start > COMMON) continue;
      for (let k = start; k < end; k++) {
        const place = places[k]!;
        const a = this.#pictures[place]!;
        if (a >= before) break;
        if (this.#seen[place] === this.#turn) continue;
        this.#seen[place] = this.#turn;
        const far = differing(this.#bits, WORDS * place, bits, WORDS * j);
        if (far > ALIKE) continue;
        const at = (a * 8 + symmetry) * 2 + (this.#bright[place] === bright[j] ? 0 : 1);
        const own = nearest.get(at);
        if (own === undefined || far < own.bits)
          nearest.set(at, { i: place - this.#starts[a]!, bits: far, next: own?.bits ?? ALIKE });
        else if (far < own.next) own.next = far;
      }
    }
  }
}

/** Places by key, those of each in their order. */
interface Table {
  readonly first: Uint32Array;
  readonly places: Uint32Array;
}

function tableOf(bits: Uint32Array, total: number, at: Uint32Array): Table {
  const first = new Uint32Array(2 ** KEY + 1);
  const keys = Uint32Array.from({ length: total }, (_, place) => keyOf(bits, WORDS * place, at));
  for (const key of keys) first[key + 1]! += 1;
  for (let key = 0; key < 2 ** KEY; key++) first[key + 1]! += first[key]!;
  const next = first.slice();
  const places = new Uint32Array(total);
  for (const [place, key] of keys.entries()) places[next[key]!++] = place;
  return { first, places };
}

function keyOf(bits: Uint32Array, from: number, at: Uint32Array): number {
  let key = 0;
  for (let k = 0; k < KEY; k++) key |= ((bits[from + (at[k]! >> 5)]! >>> (at[k]! & 31)) & 1) << k;
  return key;
}
