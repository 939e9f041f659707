import { inputError } from '../base/errors.js';
import type { Tensor, TypedArray } from './tensor.js';

/** Most bytes of a JSON text that an array holds. */
const mostBytes = 64 * 2 ** 20;

/** A text as an array of its UTF-8 bytes, so that one `.npz` file holds arrays and what they are. */
export function textArray(text: string): Tensor<Uint8Array> {
  const data = Uint8Array.from(Buffer.from(text, 'utf8'));
  return { data, shape: [data.length] };
}

/** The text of an array of UTF-8 bytes. Throws an input error that calls the array `source`. */
export function textOf({ data, shape }: Tensor<TypedArray>, source: string): string {
  if (!(data instanceof Uint8Array) || shape.length !== 1 || data.length > mostBytes)
    throw inputError(
      `${source} holds an array [${shape}]; it takes the bytes (uint8) of a JSON text, up to ${mostBytes}`,
    );
  try {
    return new TextDecoder('utf8', { fatal: true }).decode(data);
  } catch {
    throw inputError(`${source} holds bytes that are no UTF-8`);
  }
}
