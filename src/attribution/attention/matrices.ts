import { int } from '../../graph/attributes.js';
import type { Builder } from '../../graph/builder.js';
import { float32, int64 } from '../../graph/elements.js';
import * as f from '../../graph/rules/formula.js';

/** How the heads of a layer become one. */
export const headChoices = ['mean', 'max', 'min'] as const;
export type Heads = (typeof headChoices)[number];

/** `[N, h, T, T]` to `[N, T, T]`. */
export function overHeads(builder: Builder, value: string, heads: Heads): string {
  const op = { mean: 'ReduceMean', max: 'ReduceMax', min: 'ReduceMin' }[heads];
  return f.reduce(builder, op, value, [1], { keepdims: int(0) });
}

/**
 * `[N, T, T]` with the least `share` of its entries set to 0; the class token's weight on itself is kept, where
 * there is one.
 */
export function withoutLeast(
  builder: Builder,
  value: string,
  share: number,
  tokens: number,
  classToken: boolean,
): string {
  const size = tokens * tokens;
  const count = Math.floor(size * share);
  if (count === 0) return value;
  const flat = f.reshape(builder, value, [-1, size]);
  const [, least] = builder.emitAll('TopK', [flat, builder.constant(int64([count]))], 2, {
    axis: int(1),
    largest: int(0),
  }) as [string, string];
  const none = f.expandLike(builder, 0, least);
  const scattered = builder.emit('ScatterElements', [flat, least, none], { axis: int(1) });
  const first = builder.constant({
    type: 'bool',
    data: Uint8Array.of(1, ...Array(size - 1).fill(0)),
    shape: [1, size],
  });
  return f.reshapeLike(builder, classToken ? f.where(builder, first, flat, scattered) : scattered, value);
}

/** The residual connection: A + I. */
export function plusIdentity(builder: Builder, value: string, tokens: number): string {
  const eye = new Float32Array(tokens * tokens);
  for (let i = 0; i < tokens; i++) eye[i * tokens + i] = 1;
  return f.add(builder, value, builder.constant(float32(eye, [1, tokens, tokens])));
}

/** Each row divided by its sum. */
export function rowsToOne(builder: Builder, value: string): string {
  return f.div(builder, value, f.reduce(builder, 'ReduceSum', value, [-1]));
}
