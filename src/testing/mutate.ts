import type { Random } from '../base/random.js';

type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

const flipBytes: Mutation = (bytes, random) => {
  const out = bytes.slice();
  for (let n = 1 + random.below(8); n > 0; n--) out[random.below(out.length)] = random.below(256);
  return out;
};

const flipBit: Mutation = (bytes, random) => {
  const out = bytes.slice();
  out[random.below(out.length)]! ^= 1 << random.below(8);
  return out;
};

const truncate: Mutation = (bytes, random) => bytes.slice(0, random.below(bytes.length));

const extremes = [0, 1, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** Writes an extreme number where a length or a size may stand. */
const alterLength: Mutation = (bytes, random) => {
  const out = bytes.slice();
  const view = new DataView(out.buffer);
  const at = 2 * random.below(Math.max(1, (out.length - 4) >> 1));
  const value = extremes[random.below(extremes.length)]!;
  if (random.below(2) === 0) view.setUint32(at, value, random.below(2) === 0);
  else view.setUint16(at, value & 0xffff, random.below(2) === 0);
  return out;
};

const splice: Mutation = (bytes, random, other) => {
  const head = bytes.subarray(0, random.below(bytes.length));
  const tail = other.subarray(random.below(other.length));
  return Uint8Array.from([...head, ...tail]);
};

const repeat: Mutation = (bytes, random) => {
  const from = random.below(bytes.length);
  const piece = bytes.subarray(from, from + 1 + random.below(64));
  return Uint8Array.from([...bytes.subarray(0, from), ...piece, ...bytes.subarray(from)]);
};

const mutations = [flipBytes, flipBit, truncate, alterLength, splice, repeat];

/** Inserts a word or writes it over what is there. */
const dictionaryWord =
  (dictionary: readonly string[]): Mutation =>
  (bytes, random) => {
    const word = Buffer.from(dictionary[random.below(dictionary.length)]!, 'latin1');
    const at = random.below(bytes.length);
    const rest = bytes.subarray(random.below(2) === 0 ? at : Math.min(bytes.length, at + word.length));
    return Uint8Array.from([...bytes.subarray(0, at), ...word, ...rest]);
  };

/**
 * A damaged copy of `bytes`; `other` is what may be spliced into it. Half of the copies keep their head, so
 * that the damage reaches the pixels. Words of `dictionary` may be inserted.
 */
export function mutate(
  bytes: Uint8Array,
  random: Random,
  other: Uint8Array,
  dictionary: readonly string[] = [],
): Uint8Array {
  const all = dictionary.length > 0 ? [...mutations, dictionaryWord(dictionary)] : mutations;
  const kept = random.below(2) === 0 ? 0 : Math.floor(bytes.length * (0.3 + 0.6 * random.uniform()));
  let out = bytes.subarray(kept);
  for (let n = 1 + random.below(3); n > 0 && out.length > 8; n--) {
    out = all[random.below(all.length)]!(out, random, other);
  }
  return Uint8Array.from([...bytes.subarray(0, kept), ...out]);
}
