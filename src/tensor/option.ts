import type { Undefaulted } from '../base/options.js';
import { notFinite } from './finite.js';
import { type Tensor, type TypedArray, toFloat32 } from './tensor.js';

/** An option that takes an array: a `.npy` path on the command line. It has no default. */
export function array(declared: { readonly doc: string; readonly accepts?: string }): Undefaulted<Tensor> {
  return {
    doc: declared.doc,
    accepts: declared.accepts ?? 'an array (.npy)',
    read: (given) => (isTensor(given) && !notFinite(given) ? toFloat32(given) : undefined),
  };
}

export function isTensor(given: unknown): given is Tensor<TypedArray> {
  return typeof given === 'object' && given !== null && 'data' in given && 'shape' in given;
}
