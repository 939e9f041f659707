import { optionError, usageError } from '../../base/errors.js';
import { choice, flag, integer, number, type OptionValues, searched } from '../../base/options.js';
import type { Builder } from '../../graph/builder.js';
import type { Classifier } from '../../model/classifier.js';
import type { TokenGrid } from '../../model/maps/tokens.js';
import { mapOptions } from './map.js';
import { headChoices, overHeads, plusIdentity, rowsToOne, withoutLeast } from './matrices.js';
import { layersOf } from './transformer.js';

const heads = searched(choice(headChoices, { doc: 'how the heads of a layer become one', default: 'mean' }), {
  among: headChoices,
});
const discard = searched(
  number({ doc: "share of a layer's least entries that is set to 0", default: 0, min: 0, max: 1 }),
  { from: 0, to: 0.95 },
);

const rowNormalise = (usual: boolean) =>
  flag({ doc: "each layer's rows are divided by their sum", default: usual });

/** Options of methods that use one layer. */
export const singleOptions = {
  heads,
  discard,
  rowNormalise: rowNormalise(false),
  startLayer: integer({ doc: 'the first layer that may be looked at, from 0', default: 0, min: 0 }),
  layer: integer({ doc: 'the attention layer, from 0; negative ones count from the last', default: -1 }),
  ...mapOptions,
};

/** Options of methods that multiply the matrices of all layers. */
export const productOptions = (normalised: boolean) => ({
  heads,
  discard,
  rowNormalise: rowNormalise(normalised),
  startLayer: integer({ doc: 'the first layer of the product, from 0', default: 0, min: 0 }),
  ...mapOptions,
});

type Fused = Pick<OptionValues<typeof singleOptions>, 'heads' | 'discard' | 'rowNormalise'>;

/** Combines the heads, then discards the smallest entries: `[N, heads, T, T]` to `[N, T, T]`. */
export function fusedHeads(builder: Builder, value: string, options: Fused, grid: TokenGrid): string {
  return normalised(builder, kept(builder, value, options, grid), options);
}

/** As `fusedHeads`, plus the residual connection, normalised by row if requested. */
export function withResidual(builder: Builder, value: string, options: Fused, grid: TokenGrid): string {
  const whole = plusIdentity(builder, kept(builder, value, options, grid), grid.tokens);
  return normalised(builder, whole, options);
}

function kept(builder: Builder, value: string, { heads, discard }: Fused, grid: TokenGrid): string {
  return withoutLeast(builder, overHeads(builder, value, heads), discard, grid.tokens, grid.first > 0);
}

const normalised = (builder: Builder, value: string, options: Fused): string =>
  options.rowNormalise ? rowsToOne(builder, value) : value;

/** The part of the program's key that depends on these options. */
export const fusedKey = (options: Fused): string =>
  JSON.stringify([options.heads, options.discard, options.rowNormalise]);

const tooLate = (start: number, count: number) =>
  optionError(
    `option 'startLayer' got ${start}; the model's attention layers are 0 to ${count - 1}`,
    'startLayer',
  );

/** The indices of the layers from `start` on. */
export function layersFrom(model: Classifier, start: number): number[] {
  const count = layersOf(model).length;
  if (start >= count) throw tooLate(start, count);
  return Array.from({ length: count - start }, (_, i) => start + i);
}

/** The index of one layer among those from `start` on; a negative index counts from the end. */
export function layerAt(
  model: Classifier,
  { layer, startLayer: start }: { readonly layer: number; readonly startLayer: number },
): number {
  const count = layersOf(model).length;
  const at = layer < 0 ? layer + count : layer;
  if (at < 0 || at >= count) {
    throw usageError(
      `option 'layer' got ${layer}; the model's attention layers are ${-count} to ${count - 1}`,
    );
  }
  if (start >= count) throw tooLate(start, count);
  if (at < start) {
    throw optionError(
      `option 'startLayer' got ${start}, which leaves out layer ${at}, the chosen one`,
      'startLayer',
    );
  }
  return at;
}
