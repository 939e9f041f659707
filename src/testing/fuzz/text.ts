import type { Random } from '../../base/random.js';

/** The bytes as printable ASCII with white space, so that damage does not end at the encoding. */
export const asText = (bytes: Uint8Array): Uint8Array =>
  bytes.map((byte) => {
    const low = byte & 0x7f;
    return low >= 32 || low === 9 || low === 10 || low === 13 ? low : low + 32;
  });

const values: readonly unknown[] = [
  ...[null, true, '', 'x', '\u0000', [], {}, [[]], [1, 2], { a: 1 }, '__proto__', '../x', '=1+1'],
  ...[-1, 0, 0.5, 1e-300, 1e300, 2 ** 31, 2 ** 53, 65_537, 1e9],
];

/** A valid JSON text in which values are replaced, removed, repeated or moved. */
export function changedJson(bytes: Uint8Array, random: Random): Uint8Array {
  const root: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  for (let n = 1 + random.below(3); n > 0; n--) {
    const places = placesOf(root);
    if (places.length === 0) break;
    const [owner, key] = places[random.below(places.length)]!;
    const [other, otherKey] = places[random.below(places.length)]!;
    const choice = random.below(5);
    if (choice === 0 && Array.isArray(owner)) owner.splice(Number(key), 1);
    else if (choice === 0) delete owner[key];
    else if (choice === 1 && Array.isArray(owner)) owner.push(structuredClone(owner[key]));
    else if (choice === 2) owner[key] = structuredClone(other[otherKey]);
    else owner[key] = structuredClone(values[random.below(values.length)]);
  }
  return Buffer.from(JSON.stringify(root));
}

type Owner = Record<string | number, unknown>;

/** Every place of a value: the object or array that holds it, and its key. */
function placesOf(value: unknown): (readonly [Owner, string | number])[] {
  if (typeof value !== 'object' || value === null) return [];
  const owner = value as Owner;
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return keys.flatMap((key) => [[owner, key] as const, ...placesOf(owner[key])]);
}
