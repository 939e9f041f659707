import { int } from '../../graph/attributes.js';
import type { Builder } from '../../graph/builder.js';
import { float32, int64 } from '../../graph/elements.js';

/** How to combine the heads of a layer. */
export const headChoices = ['mean', 'max', 'min'] as const;
export type Heads = (typeof headChoices)[number];

/** Reduces over the heads: `[N, heads, T, T]` to `[N, T, T]`. */
export function overHeads({ reduce }: Builder, value: string, heads: Heads): string {
  const op = { mean: 'ReduceMean', max: 'ReduceMax', min: 'ReduceMin' }[heads];
  return reduce(op, value, [1], { keepdims: int(0) });
}

/**
 * Sets the smallest fraction `share` of the entries of each sample to 0; `value` is `[N, T, T]`. Keeps the
 * class token's attention to itself.
 */
export function withoutLeast(
  { reshape, emitAll, constant, expandLike, emit, reshapeLike, where }: Builder,
  value: string,
  share: number,
  tokens: number,
  classToken: boolean,
): string {
  const size = tokens * tokens;
  const count = Math.floor(size * share);
  if (count === 0) return value;
  const flat = reshape(value, [-1, size]);
  const [, least] = emitAll('TopK', [flat, constant(int64([count]))], 2, {
    axis: int(1),
    largest: int(0),
  }) as [string, string];
  const none = expandLike(0, least);
  const scattered = emit('ScatterElements', [flat, least, none], { axis: int(1) });
  const first = constant({
    type: 'bool',
    data: Uint8Array.of(1, ...Array(size - 1).fill(0)),
    shape: [1, size],
  });
  return reshapeLike(classToken ? where(first, flat, scattered) : scattered, value);
}

/** Adds the residual connection: A + I. */
export function plusIdentity({ add, constant }: Builder, value: string, tokens: number): string {
  const eye = new Float32Array(tokens * tokens);
  for (let i = 0; i < tokens; i++) eye[i * tokens + i] = 1;
  return add(value, constant(float32(eye, [1, tokens, tokens])));
}

/** Divides each row by its sum. */
export function rowsToOne({ div, reduce }: Builder, value: string): string {
  return div(value, reduce('ReduceSum', value, [-1]));
}
