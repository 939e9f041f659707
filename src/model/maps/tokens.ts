import { unsupported, usageError } from '../../base/errors.js';
import { integer, type Option, type OptionValues, optional } from '../../base/options.js';
import type { AttentionBlock } from '../../graph/attention.js';
import { int, intOf } from '../../graph/attributes.js';
import type { Builder } from '../../graph/builder.js';
import { int64 } from '../../graph/elements.js';
import { ancestors } from '../../graph/order.js';
import { axisOf } from '../../graph/shapes.js';
import { sizeOf } from '../../tensor/tensor.js';
import { type Classifier, imageShape } from '../classifier.js';
import { latticeAt } from './lattice.js';

/** The position of the patches of an image or a volume among the tokens. */
export interface TokenGrid {
  readonly tokens: number;
  /** The first token of a patch. */
  readonly first: number;
  /** How many patches there are along each axis of positions, the last varying fastest. */
  readonly size: readonly number[];
  /** The token of each patch, row by row; without it they follow the first one in this order. */
  readonly order?: readonly number[];
}

const stateGrid =
  "options 'grid' and 'tokens' of attention methods state one, option 'layer' of others takes an earlier map";

/** The token of a patch, counted row by row. */
export const tokenOf = ({ first, order }: TokenGrid, patch: number): number =>
  order?.[patch] ?? first + patch;

/** Adds the nodes that take the patches' entries along an axis of the tokens. */
export const patchesAlong = (
  { slice, emit, constant }: Builder,
  value: string,
  { first, size, order }: TokenGrid,
  axis: number,
): string =>
  order
    ? emit('Gather', [value, constant(int64(order))], { axis: int(axis) })
    : slice(value, [{ axis, start: first, end: first + sizeOf(size), step: 1 }]);

const gridOption: Option<readonly number[] | undefined, readonly number[] | string> = {
  doc: 'height and width of the grid of patches, of a volume its depth before; found in the model by default',
  accepts: 'two or three whole numbers of at least 1 (h,w or d,h,w)',
  default: undefined,
  read(given) {
    const size = (Array.isArray(given) ? given : String(given).split(',')).map(Number);
    const isWhole = size.every((n) => Number.isInteger(n) && n >= 1);
    return isWhole && (size.length === 2 || size.length === 3) ? size : undefined;
  },
};

/** How tokens map to positions in the image, for models from which it cannot be derived. */
export const tokenOptions = {
  tokens: optional(
    integer({
      doc: 'tokens before the first patch (class and distillation tokens); found in the model by default',
      default: 0,
      min: 0,
    }),
  ),
  grid: gridOption,
};

export type TokenOptions = OptionValues<typeof tokenOptions>;

/**
 * The grid on which the tokens of a value lie, where the network tells it and nothing else is stated. Throws
 * where they lie on none, and none is stated.
 */
export function gridTold(
  model: Classifier,
  value: string,
  tokens: number,
  stated: Partial<TokenOptions> = {},
): TokenGrid | undefined {
  const lattice = latticeAt(model, value, tokens);
  if (!lattice || ('why' in lattice && stated.grid)) return undefined;
  if ('why' in lattice) throw unsupported(`${lattice.why}: they lie on no grid; ${stateGrid}`);
  const { order, lines } = lattice;
  const first = Math.min(...order);
  const size = lines.map((line) => line.length);
  const isStated = stated.grid ? stated.grid.join() === size.join() : true;
  if (!isStated || (stated.tokens ?? first) !== first) return undefined;
  const inRows = order.every((token, patch) => token === first + patch);
  return { tokens, first, size, ...(!inRows && { order }) };
}

/**
 * The grid of patches among a block's tokens, as the network tells it: else the output size of the patch
 * convolution, or the grid derived from the image's shape. Takes the remaining tokens as leading ones, unless
 * the model concatenates them elsewhere. Throws an unsupported or usage error when the tokens fit no grid.
 */
export function tokenGrid(
  model: Classifier,
  block: AttentionBlock,
  given: Partial<TokenOptions> = {},
): TokenGrid {
  const tokens = block.keys;
  const told =
    given.grid || given.tokens !== undefined ? undefined : gridTold(model, queriesOf(block), tokens);
  if (told) return told;
  const before = ancestors(model.graph, block.score.outputs[0]!);
  const size = given.grid ?? patchesOf(model, before, tokens, given.tokens);
  const spare = tokens - sizeOf(size);
  if (spare < 0) {
    throw unsupported(
      given.grid
        ? `option 'grid' asks for ${size.join('x')} patches; the attention has ${tokens} tokens`
        : `the attention sees ${tokens} of ${size.join('x')} positions at once; attention over windows (Swin) or reduced keys is not handled`,
    );
  }
  const first = given.tokens ?? Math.min(joinedAt(model, before, tokens)?.first ?? spare, spare);
  if (first > spare) {
    throw usageError(
      `option 'tokens' leaves ${tokens - first} of ${tokens} tokens for ${size.join('x')} patches`,
    );
  }
  return { tokens, first, size };
}

/** The value whose tokens a block attends from. */
export const queriesOf = ({ score }: AttentionBlock): string => score.inputs[0]!;

function patchesOf(
  model: Classifier,
  before: ReadonlySet<string>,
  tokens: number,
  leading: number | undefined,
): readonly [number, number] {
  const maps = model.graph.nodes.filter(({ op, outputs }) => op === 'Conv' && before.has(outputs[0]!));
  for (const node of maps.toReversed()) {
    const { dims, batchAxis } = model.shapes.get(node.outputs[0]!)!;
    if (dims.length === 4 && batchAxis === 0) return [dims[2]!, dims[3]!];
  }
  return fittingGrid(model, tokens, leading);
}

/**
 * The grid of square patches that covers the image and leaves the fewest tokens over. Throws when there is
 * none.
 */
export function fittingGrid(
  model: Classifier,
  tokens: number,
  leading: number | undefined,
): readonly [number, number] {
  const { shape, layout, space } = model.input;
  if (layout === 'other' && space !== 2 && shape.length > 3)
    throw unsupported(
      `${tokens} tokens of the input [N,${shape}] fit no grid of height and width: those of films, and of volumes whose patches the network does not tell, are not handled; take a method that gives each value of the input its own (gradient, integrated-gradients)`,
    );
  if (layout === 'other' && space !== 2)
    throw unsupported(
      `${tokens} tokens fit no grid of height and width, as the input [N,${shape}] is not known for an image; ${shape.length > 2 ? 'option layout states it' : stateGrid}`,
    );
  const image = imageShape(model);
  for (let spare = leading ?? 0; spare <= (leading ?? Math.min(16, tokens - 1)); spare++) {
    const patch = Math.sqrt((image.height * image.width) / (tokens - spare));
    const [height, width] = [image.height / patch, image.width / patch];
    if ([patch, height, width].every(Number.isInteger)) return [height, width];
  }
  throw unsupported(
    `${tokens} tokens fit no grid of patches of a ${image.height}x${image.width} image; ${stateGrid}`,
  );
}

/**
 * Where a Concat that makes `tokens` tokens puts the most of them, the image's own: their first and their
 * number. `undefined` without such a Concat.
 */
export function joinedAt(
  model: Classifier,
  before: ReadonlySet<string>,
  tokens: number,
): { readonly first: number; readonly count: number } | undefined {
  for (const node of model.graph.nodes) {
    const output = node.outputs[0]!;
    if (node.op !== 'Concat' || !before.has(output)) continue;
    const { dims, batchAxis } = model.shapes.get(output)!;
    const axis = axisOf(intOf(node, 'axis', 0), dims.length);
    if (dims.length !== 3 || dims[axis] !== tokens || axis === batchAxis) continue;
    const lengths = node.inputs.map((input) => model.shapes.get(input)!.dims[axis]!);
    const largest = lengths.indexOf(Math.max(...lengths));
    return { first: lengths.slice(0, largest).reduce((a, b) => a + b, 0), count: lengths[largest]! };
  }
  return undefined;
}
