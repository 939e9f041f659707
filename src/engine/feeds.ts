import { inputError } from '../base/errors.js';
import type { Constant, Value } from '../graph/graph.js';
import { sizeOf } from '../tensor/tensor.js';
import type { Arrays } from './engine.js';

/** Throws where an input is missing, or is of another type or shape than the graph declares. */
export function checkFeeds(inputs: readonly Value[], feeds: Arrays): void {
  for (const { name, type, shape } of inputs) {
    const given = feeds[name];
    const wanted = `input '${name}' takes ${type}${shape ? ` [${shape}]` : ''}`;
    if (!given) throw inputError(`${wanted}; nothing was given`);
    const fits = !shape || (shape.length === given.shape.length && shape.every(matches(given)));
    if (given.type !== type || !fits) throw inputError(`${wanted}; got ${given.type} [${given.shape}]`);
    if (given.data.length !== sizeOf(given.shape)) {
      throw inputError(`${wanted}; ${given.data.length} values do not fill the shape [${given.shape}]`);
    }
  }
}

const matches = (given: Constant) => (length: number | string, axis: number) =>
  typeof length === 'string' || length === given.shape[axis];
