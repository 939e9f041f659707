import { inputError } from '../base/errors.js';
import { webAssembly } from './webassembly.js';

/** The usual tolerance, as a share of the largest value. */
const TOLERANCE = 1e-8;

/** Writes an image `[C, H, W]` with its removed pixels (1) filled in. */
export type Filler = (removed: Uint8Array, into: Float32Array) => Float32Array;

/**
 * Fills in an image `[C, H, W]`, which must stay as it is meanwhile, and adds the noise to what is filled in.
 * The error that is left is about `tolerance` (its root mean square over the removed pixels).
 */
export type Imputer = (
  image: Float32Array,
  options?: { readonly tolerance?: number | undefined; readonly noise?: Float32Array | undefined },
) => Filler;

/**
 * Fills the `removed` pixels (1) of an image `[C, H, W]` with the weighted mean of their neighbours, so that
 * no edge shows which pixels were removed: Rong, Leemann, Borisov, Kasneci, Kasneci (2022), arXiv:2202.00449.
 * All pixels become 0 where all are removed. Computed in 32 bits: in a hole of hundreds of pixels the error
 * reaches 1e-5 of the largest value.
 */
export function imputeLinear(
  image: Float32Array,
  height: number,
  width: number,
  removed: Uint8Array,
): Float32Array {
  const area = height * width;
  if (removed.length !== area || image.length === 0 || image.length % area !== 0) {
    throw inputError(`${removed.length} marks and ${image.length} pixels are no image of ${height}x${width}`);
  }
  return imputer(height, width)(image)(removed, new Float32Array(image.length));
}

/** The same for many images of one size, in the same memory. */
export function imputer(height: number, width: number): Imputer {
  const area = height * width;
  const { create, memory, ...holes } = webAssembly() as Holes;
  create(height, width);
  const marks = new Uint8Array(memory.buffer, holes.removed.value, area);
  const [planes, added, filled] = [holes.planes, holes.noise, holes.filled].map(
    (at) => new Float32Array(memory.buffer, at.value, PLANES * area),
  ) as [Float32Array, Float32Array, Float32Array];
  /** What is in memory. */
  let held: Held | undefined;
  return (image, { tolerance = TOLERANCE * greatest(image), noise } = {}) => {
    let own: Held | undefined;
    const hold = (from: number) => {
      if (own !== undefined && own === held && own.from === from) return;
      const part = image.subarray(from, from + planes.length);
      const noises = noise?.subarray(from, from + planes.length);
      const isThere =
        held?.image === image &&
        held.noise === noise &&
        held.from === from &&
        alike(planes, part) &&
        (!noises || alike(added, noises));
      if (!isThere) {
        planes.fill(0).set(part);
        added.fill(0);
        if (noises) added.set(noises);
        holes.take();
        held = { image, noise, from };
      }
      own = held;
    };
    return (removed, into) => {
      marks.set(removed);
      const pixels = holes.link();
      if (pixels === area) return into.fill(0);
      if (pixels === 0) {
        into.set(image);
        return into;
      }
      for (let from = 0; from < image.length; from += planes.length) {
        hold(from);
        const length = Math.min(planes.length, image.length - from);
        holes.fill(length / area, tolerance);
        into.set(filled.subarray(0, length), from);
      }
      return into;
    };
  };
}

/** Planes and noise in the solver's memory; another part of the same image has others. */
interface Held {
  readonly image: Float32Array;
  readonly noise: Float32Array | undefined;
  readonly from: number;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  Buffer.from(buffer, byteOffset, byteLength);

/** Whether memory still begins with the same numbers, which may have been changed in place. */
const alike = (memory: Float32Array, numbers: Float32Array): boolean =>
  bytesOf(memory.subarray(0, numbers.length)).equals(bytesOf(numbers));

/** What assembly/index.ts exports; it is compiled to WebAssembly, whose vectors hold four planes. */
interface Holes {
  readonly memory: WebAssembly.Memory;
  readonly removed: WebAssembly.Global;
  readonly planes: WebAssembly.Global;
  readonly noise: WebAssembly.Global;
  readonly filled: WebAssembly.Global;
  create(height: number, width: number): void;
  take(): void;
  link(): number;
  fill(planes: number, tolerance: number): void;
}

const PLANES = 4;

const greatest = (values: Float32Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
