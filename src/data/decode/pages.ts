import { inputError } from '../../base/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { StoredArray } from './image/decoded.js';
import type { DecodeLimits } from './image/limits.js';

/**
 * The pages of a file, with a leading axis; `undefined` where they differ in size or type, as the levels of a
 * pyramid. Throws where they exceed the limits.
 */
export async function allPages(
  first: Tensor<StoredArray>,
  pages: number,
  read: (page: number) => Promise<Tensor<StoredArray>>,
  { totalSamples, frames }: DecodeLimits,
): Promise<Tensor<StoredArray> | undefined> {
  const { data, shape } = first;
  const make = data.constructor as new (length: number) => StoredArray;
  let all: StoredArray | undefined;
  for (let page = 1; page < pages; page++) {
    const next = await read(page);
    if (next.shape.join() !== shape.join() || next.data.constructor !== make) return undefined;
    if (data.length * pages > totalSamples || pages > frames)
      throw inputError(
        `${pages} pages of ${data.length} samples are over the limit of ${totalSamples} samples or of ${frames} pages: one by its number is read`,
      );
    all ??= new make(data.length * pages);
    all.set(next.data, page * data.length);
  }
  all?.set(data);
  return all && { data: all, shape: [pages, ...shape] };
}
