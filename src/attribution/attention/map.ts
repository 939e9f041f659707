import { choice, type OptionValues } from '../../base/options.js';
import type { AttentionBlock, AttentionLayer } from '../../graph/attention.js';
import type { Builder } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import { type Classifier, classCount, imageShape } from '../../model/classifier.js';
import { resizeBilinear, resizeNearest } from '../../tensor/resize.js';
import { type Tensor, zeros } from '../../tensor/tensor.js';
import type { Attribution, Request } from '../method.js';
import { gradient } from '../program/backward.js';
import { type Explanation, explained, oneHot, type RuleChoice } from '../program/explain.js';
import { type TokenGrid, tokenGrid, tokenOptions } from './tokens.js';
import { layersOf, readTokens } from './transformer.js';

export const mapOptions = {
  ...tokenOptions,
  upsample: choice(['none', 'bilinear', 'nearest'], {
    doc: "from the grid of patches to the input's resolution",
    default: 'none',
  }),
};

type MapOptions = OptionValues<typeof mapOptions>;

/** The values of one attention layer, each `[N, heads, T, T]`. */
export interface LayerValues {
  readonly attention: string;
  /** The gradient of the target's raw output with respect to the attention probabilities. */
  readonly gradient: string;
  readonly relevance: string;
}

/** An attention method: one matrix per layer, multiplied from the last layer to the first. */
export interface Recipe {
  /** The key of the compiled program; equal keys must mean equal graphs. */
  readonly key: string;
  /** The indices of the layers that take part, from 0. */
  readonly layers: readonly number[];
  /** The backward passes that the matrices need. */
  readonly walks?: { readonly gradient?: true; readonly relevance?: (model: Classifier) => RuleChoice };
  /** The matrix of a layer, `[N, T, T]`: row i holds the weights with which token i takes from all tokens. */
  matrix(builder: Builder, layer: LayerValues, grid: TokenGrid): string;
}

const rowName = 'sl.row';

/**
 * Multiplies the matrices, takes the rows of the tokens that the classifier reads (their mean when there are
 * several) and returns the patches' entries as a map `[N, 1, h, w]`, resized if requested.
 */
export async function attentionMap(request: Request<MapOptions>, recipe: Recipe): Promise<Attribution> {
  const { model, options, input, targets, run } = request;
  const layers = layersOf(model);
  const grid = tokenGrid(model, layers[0]![0]!, options);
  const read = await readTokens(model);
  const { [rowName]: row } = await explained(model, {
    key: `attention ${recipe.key} ${recipe.layers} ${JSON.stringify(grid)}`,
    program: () => rowOf(model, layers, recipe, grid, read),
    ...{ input, run },
    ...(recipe.walks && { seed: oneHot(targets, classCount(model)) }),
  });
  const walks = Object.keys(recipe.walks ?? {}).length;
  return { map: upsampled(atPatches(row!, grid), request), evaluations: { forward: 1, backward: walks } };
}

function rowOf(
  model: Classifier,
  layers: readonly AttentionLayer[],
  { layers: used, walks, matrix }: Recipe,
  grid: TokenGrid,
  read: readonly number[],
): Explanation {
  const wrt = used.flatMap((i) => layers[i]!.map((block) => block.probabilities));
  const engine = 'any';
  const rowAt = new Float32Array(grid.tokens);
  for (const token of read) rowAt[token] = 1 / read.length;
  return {
    outputs(builder, walk) {
      const gradients = walks?.gradient && walk({ method: 'gradient', ruleFor: gradient, wrt, engine });
      const relevance =
        walks?.relevance &&
        walk({ method: 'transformer-attribution', ruleFor: walks.relevance(model), wrt, engine });
      const start = builder.constant(float32(rowAt, [1, 1, grid.tokens]));
      const row = used.reduceRight((sofar, i) => {
        const of = (quantities: Readonly<Record<string, string>> | undefined) =>
          quantities ? joined(builder, layers[i]!, (block) => quantities[block.probabilities]!) : '';
        const values = {
          attention: joined(builder, layers[i]!, (block) => block.probabilities),
          gradient: of(gradients),
          relevance: of(relevance),
        };
        return builder.matMul(sofar, matrix(builder, values, grid));
      }, start);
      return { [rowName]: row };
    },
  };
}

/** Concatenates a quantity of all blocks of a layer to `[N, heads, T, T]`. */
export function joined(
  { transpose, reshape, concat }: Builder,
  layer: AttentionLayer,
  at: (block: AttentionBlock) => string,
): string {
  const parts = layer.map((block) =>
    block.layout === 'heads-first'
      ? transpose(at(block), [1, 0, 2, 3])
      : reshape(at(block), [-1, block.heads, block.queries, block.keys]),
  );
  return concat(parts, 1);
}

function atPatches(row: Tensor, { tokens, first, height, width }: TokenGrid): Tensor {
  const count = row.shape[0]!;
  const map = zeros([count, 1, height, width]);
  const area = height * width;
  for (let n = 0; n < count; n++) {
    map.data.set(row.data.subarray(n * tokens + first, n * tokens + first + area), n * area);
  }
  return map;
}

function upsampled(map: Tensor, { model, options }: Request<MapOptions>): Tensor {
  if (options.upsample === 'none') return map;
  const { height, width } = imageShape(model);
  return (options.upsample === 'bilinear' ? resizeBilinear : resizeNearest)(map, height, width);
}
