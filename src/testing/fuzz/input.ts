import { SightlineError } from '../../base/errors.js';
import { seededRandom } from '../../base/random.js';
import { mutate } from '../mutate.js';
import type { FuzzKind } from './kind.js';
import { asText } from './text.js';

/** The input of an index: the same for the same kind, seed and index. */
export function inputAt(
  kind: FuzzKind,
  seeds: readonly Uint8Array[],
  seed: number,
  index: number,
): Uint8Array {
  const random = seededRandom(`${kind.name}/${seed}/${index}`);
  // A copy, and no Buffer, whose slices share memory.
  const source = Uint8Array.from(seeds[index % seeds.length]!);
  if (index < seeds.length) return source;
  const restructured = random.below(2) === 0 ? kind.restructure?.(source, random) : undefined;
  const other = seeds[random.below(seeds.length)]!;
  if (restructured !== undefined) return restructured;
  const mutated = mutate(source, random, other, kind.dictionary);
  return kind.text && random.below(8) > 0 ? asText(mutated) : mutated;
}

/** Text that only a bug or another library writes. */
const foreign =
  /TypeError|RangeError|Cannot read propert|is not a function|is not iterable|undefined \(reading|\[object |node_modules|\n| \bat \S+:\d+:\d+|libpng|vips|onnxruntime_src|invalid wire type|index out of range:/;

/** What is wrong with an error as a refusal; `undefined` for a good one. */
export function faultOf(error: unknown): string | undefined {
  if (!(error instanceof SightlineError)) return error instanceof Error ? `${error.stack}` : String(error);
  if (error.kind === 'cancelled' || error.kind === 'usage') {
    if (!/shape|target|takes|layer|option/.test(error.message))
      return `of kind ${error.kind}: ${error.message}`;
  }
  if (foreign.test(error.message)) return `foreign text: ${error.message}`;
  return error.message.length > 4000 ? `a message of ${error.message.length} characters` : undefined;
}
