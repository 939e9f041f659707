import { groupBy } from '../../../base/groups.js';
import { describe, WORDS } from './descriptor.js';
import type { Raster } from './raster.js';
import { BLUR, type Field, type Octave, STEP, scaleSpace, valueAt } from './scale-space.js';

/** Places of a picture that are found again in its copies, and what each looks like. */
export interface Keypoints {
  /** Size of the raster in whose pixels places are stated. */
  readonly width: number;
  readonly height: number;
  readonly count: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** The blur at which each stands out. */
  readonly size: Float32Array;
  /** 1 for those brighter than what is around them. */
  readonly bright: Uint8Array;
  /** `WORDS` numbers of 32 bits each; of the inverted picture for a dark place. */
  readonly bits: Uint32Array;
}

/** A picture is divided into so many cells a side, each of which has a share of the places. */
const CELLS = 8;
const MOST = 400;
/** Grey levels, of 256, by which a place differs from what is around it. */
const LEAST = 0.6;
/** What is by so much longer than wide is a line, on which no place is fixed. */
const ELONGATED = 12;
/** Places so near to an edge, in pixels of their octave, show too little. */
const EDGE = 6;
/** Rasters below this side are enlarged. */
const SMALL = 256;

interface Place {
  readonly octave: Octave;
  readonly level: number;
  readonly x: number;
  readonly y: number;
  readonly strength: number;
  readonly bright: boolean;
}

/** Finds the extremes of differences of blurs over place and blur, and describes what is around each. */
export function keypointsOf({ values, width, height }: Raster): Keypoints {
  const picture = { values: new Float32Array(values), width, height };
  const zoom = Math.max(width, height) < SMALL ? 2 : 1;
  const shown = zoom === 1 ? picture : doubled(picture);
  const places = spread(
    scaleSpace(shown).flatMap((octave) => placesIn(octave)),
    shown,
  );
  const bits = new Uint32Array(WORDS * places.length);
  for (const [i, { octave, level, x, y, bright }] of places.entries())
    describe(octave.blurred[level]!, { x, y, blur: BLUR * STEP ** level, bright }, bits, WORDS * i);
  const along = (at: number, { octave }: Place) => (at * octave.scale) / zoom;
  return {
    ...{ width, height, count: places.length, bits },
    x: Float32Array.from(places, (place) => along(place.x, place)),
    y: Float32Array.from(places, (place) => along(place.y, place)),
    size: Float32Array.from(places, (place) => along(BLUR * STEP ** place.level, place)),
    bright: Uint8Array.from(places, ({ bright }) => (bright ? 1 : 0)),
  };
}

function doubled(picture: Field): Field {
  const [width, height] = [2 * picture.width, 2 * picture.height];
  const values = Float32Array.from({ length: width * height }, (_, i) =>
    valueAt(picture, (i % width) / 2, Math.floor(i / width) / 2),
  );
  return { values, width, height };
}

function placesIn(octave: Octave): Place[] {
  const { blurred } = octave;
  const { width, height } = blurred[0]!;
  const differences = blurred.slice(1).map(({ values: more }, i) => {
    const less = blurred[i]!.values;
    const out = new Float32Array(less.length);
    for (let k = 0; k < out.length; k++) out[k] = less[k]! - more[k]!;
    return out;
  });
  const found: Place[] = [];
  for (let level = 1; level < differences.length - 1; level++) {
    const at = differences[level]!;
    const beside = [differences[level - 1]!, differences[level + 1]!];
    for (let y = EDGE; y < height - EDGE; y++) {
      for (let k = y * width + EDGE; k < (y + 1) * width - EDGE; k++) {
        const value = at[k]!;
        if (value < LEAST && value > -LEAST) continue;
        const sign = value > 0 ? 1 : -1;
        if (!isExtreme(at, k, width, sign)) continue;
        if (!beside.every((of) => sign * of[k]! < sign * value && isBelow(of, k, width, sign, value)))
          continue;
        const curves = [curve(at, k, 1), curve(at, k, width)] as const;
        const across =
          (at[k + width + 1]! - at[k + width - 1]! - at[k - width + 1]! + at[k - width - 1]!) / 4;
        const determinant = curves[0] * curves[1] - across ** 2;
        const trace = curves[0] + curves[1];
        if (determinant <= 0 || trace ** 2 > (determinant * (ELONGATED + 1) ** 2) / ELONGATED) continue;
        const x = (k % width) + peak(at, k, 1, curves[0]);
        found.push({
          ...{ octave, level, strength: sign * value, bright: sign > 0 },
          ...{ x, y: y + peak(at, k, width, curves[1]) },
        });
      }
    }
  }
  return found;
}

const curve = (of: Float32Array, k: number, by: number) => of[k - by]! + of[k + by]! - 2 * of[k]!;

/** How far from a pixel the parabola through it and its neighbours has its extreme. */
const peak = (of: Float32Array, k: number, by: number, curvature: number) =>
  Math.max(-0.5, Math.min(0.5, (of[k - by]! - of[k + by]!) / (2 * curvature)));

const isExtreme = (of: Float32Array, k: number, width: number, sign: number) =>
  isBelow(of, k, width, sign, of[k]!);

/** Whether the eight neighbours of a pixel are below a value, or above it by the sign. */
function isBelow(of: Float32Array, k: number, width: number, sign: number, value: number): boolean {
  const most = sign * value;
  for (let row = k - width; row <= k + width; row += width) {
    if (sign * of[row - 1]! >= most || sign * of[row + 1]! >= most) return false;
    if (row !== k && sign * of[row]! >= most) return false;
  }
  return true;
}

/** The strongest places of each cell of the picture. */
function spread(places: readonly Place[], { width, height }: Field): Place[] {
  const cells = groupBy(places, ({ x, y, octave: { scale } }) => {
    const [column, row] = [(CELLS * x * scale) / width, (CELLS * y * scale) / height];
    return Math.floor(row) * CELLS + Math.floor(column);
  });
  return [...cells.values()]
    .flatMap((own) => own.sort((a, b) => b.strength - a.strength).map((place, rank) => ({ place, rank })))
    .sort((a, b) => a.rank - b.rank || b.place.strength - a.place.strength)
    .slice(0, MOST)
    .map(({ place }) => place);
}

/** JSON form: a row of numbers for each place, in base64. */
export interface WrittenKeypoints {
  readonly width: number;
  readonly height: number;
  readonly places: string;
}

/** Bytes of a place: its place, its size and whether it is bright, then its bits. */
const ROW = 4 * (4 + WORDS);

export function writtenKeypoints({
  width,
  height,
  count,
  x,
  y,
  size,
  bright,
  bits,
}: Keypoints): WrittenKeypoints {
  const bytes = Buffer.alloc(ROW * count);
  for (let i = 0; i < count; i++) {
    for (const [k, value] of [x[i]!, y[i]!, size[i]!, bright[i]!].entries())
      bytes.writeFloatLE(value, ROW * i + 4 * k);
    for (let word = 0; word < WORDS; word++)
      bytes.writeUInt32LE(bits[WORDS * i + word]!, ROW * i + 16 + 4 * word);
  }
  return { width, height, places: bytes.toString('base64') };
}

export function readKeypoints({ width, height, places }: WrittenKeypoints): Keypoints {
  const bytes = Buffer.from(places, 'base64');
  const count = Math.floor(bytes.length / ROW);
  const column = (k: number) =>
    Float32Array.from({ length: count }, (_, i) => bytes.readFloatLE(ROW * i + 4 * k));
  const bits = Uint32Array.from({ length: WORDS * count }, (_, i) =>
    bytes.readUInt32LE(ROW * Math.floor(i / WORDS) + 16 + 4 * (i % WORDS)),
  );
  const [x, y, size] = [column(0), column(1), column(2)];
  return { width, height, count, x, y, size, bright: Uint8Array.from(column(3)), bits };
}
