import { usageError } from '../base/errors.js';
import type { Option } from '../base/options.js';
import type { InputArrays } from '../model/several-inputs.js';
import { readNpy } from '../tensor/npy.js';
import { tensor, toFloat32 } from '../tensor/tensor.js';

/** An option that may be given several times. */
export const words = ({ doc }: { readonly doc: string }): Option<readonly string[], string> => ({
  doc,
  accepts: 'text, any number of times',
  default: [],
  read: (given) => [given].flat().map(String),
});

/** The files or numbers of several inputs, given as `name=value`; nothing where one plain path is given. */
export function namedInputs(given: readonly string[]): Readonly<Record<string, string>> | undefined {
  const pairs = given.map((word) => /^([^=]+)=(.+)$/s.exec(word));
  if (given.length === 1 && (!pairs[0] || !/\.npy$|^[-+.,\de]+$/.test(pairs[0][2]!))) return undefined;
  const wrong = given.find((_, i) => !pairs[i]);
  if (wrong !== undefined)
    throw usageError(`--input got '${wrong}'; where it is given several times it takes name=value`);
  const names = pairs.map((pair) => pair![1]!);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw usageError(`--input ${twice} is given twice`);
  return Object.fromEntries(pairs.map((pair) => [pair![1], pair![2]]));
}

/** Reads what inputs get: an array `[N, ...]` of a .npy file, or numbers, which are one sample for all. */
export async function readInputs(given: Readonly<Record<string, string>>): Promise<InputArrays> {
  const read = await Promise.all(
    Object.entries(given).map(async ([name, value]) => {
      if (value.endsWith('.npy')) return [name, toFloat32(await readNpy(value))] as const;
      const numbers = value.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
      if (!numbers.every(Number.isFinite))
        throw usageError(
          `--input ${name} got '${value}'; it takes a .npy file [N, ...], or numbers (63 or 0.5,1)`,
        );
      return [name, tensor(Float32Array.from(numbers), [1, numbers.length])] as const;
    }),
  );
  return Object.fromEntries(read);
}
