import { unsupported } from '../../base/errors.js';
import { choice, type OptionSpecs, type OptionValues } from '../../base/options.js';
import type { AttentionBlock, AttentionLayer } from '../../graph/attention.js';
import type { Builder } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import { type Classifier, classCount, placesOf } from '../../model/classifier.js';
import { hasBranches } from '../../model/maps/streams.js';
import {
  patchesAlong,
  queriesOf,
  type TokenGrid,
  tokenGrid,
  tokenOf,
  tokenOptions,
} from '../../model/maps/tokens.js';
import { notesOnOrder, type Placed, placedBy } from '../../model/maps/view.js';
import { sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';
import type { MapAsked, MapGraph, RuleChoice, WalkBack } from '../map-graph.js';
import type { Attribution, Request } from '../method.js';
import { gradient } from '../program/backward.js';
import { explained, oneHot } from '../program/explain.js';
import { upsample, upsampledNodes } from '../program/upsample.js';
import { layersOf, tokensRead } from './transformer.js';

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
  const { grid, tokens, rowOf, notes: limits } = await productOf(model, options, recipe);
  const { [rowName]: row } = await explained(model, {
    key: `attention ${recipe.key} ${recipe.layers} ${JSON.stringify(grid)}`,
    program: () => ({ outputs: (builder, walk) => ({ [rowName]: rowOf(builder, walk) }) }),
    ...{ input, run },
    ...(recipe.walks && { seed: oneHot(targets, classCount(model)) }),
  });
  const walks = Object.keys(recipe.walks ?? {}).length;
  const { view, notes } = placedAt(model, options, grid, tokens);
  const map = upsample(atPatches(row!, grid), options.upsample, placesOf(model), view);
  return { map, evaluations: { forward: 1, backward: walks }, notes: [...limits, ...notes] };
}

/** Where the input lies in the grid of patches. */
function placedAt(model: Classifier, options: MapOptions, grid: TokenGrid, value: string): Placed {
  if (options.upsample !== 'none') return placedBy(model, { value, grid });
  return { notes: options.grid ? [] : notesOnOrder(model, { value }) };
}

/** What a recipe is made for. */
export type Asked<S extends OptionSpecs> = Pick<MapAsked<OptionValues<S>>, 'model' | 'options'>;

/** The same map as a graph. */
export async function attentionGraph(
  { model, options }: Pick<MapAsked<MapOptions>, 'model' | 'options'>,
  recipe: Recipe,
): Promise<MapGraph> {
  const { grid, tokens, rowOf } = await productOf(model, options, recipe);
  return {
    model,
    nodes(builder, walk) {
      const patches = patchesAlong(builder, rowOf(builder, walk), grid, 2);
      const own = builder.reshape(patches, [-1, 1, ...grid.size]);
      const [from, to, { view }] = [grid.size, placesOf(model), placedAt(model, options, grid, tokens)];
      return { map: upsampledNodes(builder, own, options.upsample, from, to, view) };
    },
  };
}

/** Adds the nodes of a product of attention matrices: the entries of all tokens, `[N, 1, T]`. */
async function productOf(
  model: Classifier,
  options: MapOptions,
  { layers: used, walks, matrix }: Recipe,
): Promise<{
  readonly grid: TokenGrid;
  /** The value that holds the tokens. */
  readonly tokens: string;
  /** What the map leaves out. */
  readonly notes: readonly string[];
  rowOf(builder: Builder, walk: WalkBack): string;
}> {
  const layers = layersOf(model);
  const blocks = used.flatMap((i) => layers[i]!);
  const grid = tokenGrid(model, blocks[0]!, options);
  const moved = blocks.find((block) => orderOf(tokenGrid(model, block, options)) !== orderOf(grid));
  if (moved)
    throw unsupported(
      `'${moved.probabilities}' attends among tokens in another order than '${blocks[0]!.probabilities}': their product is of no grid`,
    );
  const patches = Array.from({ length: sizeOf(grid.size) }, (_, i) => tokenOf(grid, i));
  const { tokens: read, picked } = await tokensRead(model, patches);
  const wrt = blocks.map((block) => block.probabilities);
  const engine = 'any';
  const rowAt = new Float32Array(grid.tokens);
  for (const token of read) rowAt[token] = 1 / read.length;
  return {
    grid,
    tokens: queriesOf(blocks[0]!),
    notes: [
      ...(picked ? ['the model picks among its tokens by their values: all patches count alike'] : []),
      ...mixedReaders(read, patches),
      ...(hasBranches(model, queriesOf(blocks[0]!))
        ? [
            'the output also depends on the input by a branch without this attention, which the map leaves out',
          ]
        : []),
    ],
    rowOf(builder, walk) {
      const gradients = walks?.gradient && walk({ method: 'gradient', ruleFor: gradient, wrt, engine });
      const relevance =
        walks?.relevance &&
        walk({ method: 'transformer-attribution', ruleFor: walks.relevance(model), wrt, engine });
      const start = builder.constant(float32(rowAt, [1, 1, grid.tokens]));
      return used.reduceRight((sofar, i) => {
        const of = (quantities: Readonly<Record<string, string>> | undefined) =>
          quantities ? joined(builder, layers[i]!, (block) => quantities[block.probabilities]!) : '';
        const values = {
          attention: joined(builder, layers[i]!, (block) => block.probabilities),
          gradient: of(gradients),
          relevance: of(relevance),
        };
        return builder.matMul(sofar, matrix(builder, values, grid));
      }, start);
    },
  };
}

/** The note where the classifier reads several tokens of which not all are patches. */
function mixedReaders(read: readonly number[], patches: readonly number[]): readonly string[] {
  const own = new Set(patches);
  const others = read.filter((token) => !own.has(token));
  if (read.length < 2 || others.length === 0) return [];
  const among =
    others.length < read.length ? ` (${others.join(', ')} and ${read.length - others.length} patches)` : '';
  return [
    `the classifier reads ${read.length} tokens${among}: the map is the mean of what each of them attends to, not that of the class token alone`,
  ];
}

const orderOf = ({ first, order }: TokenGrid) => `${first} ${order}`;

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

function atPatches(row: Tensor, grid: TokenGrid): Tensor {
  const { tokens, size } = grid;
  const count = row.shape[0]!;
  const map = zeros([count, 1, ...size]);
  const area = sizeOf(size);
  for (let i = 0; i < map.data.length; i++)
    map.data[i] = row.data[Math.floor(i / area) * tokens + tokenOf(grid, i % area)]!;
  return map;
}
