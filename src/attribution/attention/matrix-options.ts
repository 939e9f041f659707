import { usageError } from '../../base/errors.js';
import { choice, flag, integer, number } from '../../base/options.js';
import type { Builder } from '../../graph/builder.js';
import type { Classifier } from '../../model/classifier.js';
import { mapOptions } from './map.js';
import { type Heads, headChoices, overHeads, plusIdentity, rowsToOne, withoutLeast } from './matrices.js';
import type { TokenGrid } from './tokens.js';
import { layersOf } from './transformer.js';

const heads = choice(headChoices, { doc: 'how the heads of a layer become one', default: 'mean' });
const discard = number({
  doc: "share of a layer's least entries that is set to 0",
  default: 0,
  min: 0,
  max: 1,
});

/** Of methods that look at one layer. */
export const singleOptions = {
  heads,
  discard,
  layer: integer({ doc: 'the attention layer, from 0; negative ones count from the last', default: -1 }),
  ...mapOptions,
};

/** Of methods that multiply the matrices of all layers. */
export const productOptions = (rowNormalise: boolean) => ({
  heads,
  discard,
  'row-normalise': flag({ doc: "each layer's rows are divided by their sum", default: rowNormalise }),
  'start-layer': integer({ doc: 'the first layer of the product, from 0', default: 0, min: 0 }),
  ...mapOptions,
});

interface Fused {
  readonly heads: Heads;
  readonly discard: number;
}

/** One matrix of all heads, its least entries left out. */
export function fusedHeads(builder: Builder, value: string, options: Fused, grid: TokenGrid): string {
  const one = overHeads(builder, value, options.heads);
  return withoutLeast(builder, one, options.discard, grid.tokens, grid.first > 0);
}

/** The same with the residual connection. */
export function withResidual(
  builder: Builder,
  value: string,
  options: Fused & { readonly 'row-normalise': boolean },
  grid: TokenGrid,
): string {
  const sum = plusIdentity(builder, fusedHeads(builder, value, options, grid), grid.tokens);
  return options['row-normalise'] ? rowsToOne(builder, sum) : sum;
}

/** The options that a program's matrices depend on, as a part of its key. */
export const fusedKey = (options: Fused & { readonly 'row-normalise'?: boolean }): string =>
  JSON.stringify([options.heads, options.discard, options['row-normalise']]);

/** The layers from `start` on. */
export function layersFrom(model: Classifier, start: number): number[] {
  const count = layersOf(model).length;
  if (start >= count) {
    throw usageError(`option 'start-layer' got ${start}; the model's attention layers are 0 to ${count - 1}`);
  }
  return Array.from({ length: count - start }, (_, i) => start + i);
}

/** One layer, counted from the last where it is negative. */
export function layerAt(model: Classifier, layer: number): number {
  const count = layersOf(model).length;
  const at = layer < 0 ? layer + count : layer;
  if (at >= 0 && at < count) return at;
  throw usageError(`option 'layer' got ${layer}; the model's attention layers are ${-count} to ${count - 1}`);
}
