import type { Builder } from '../builder.js';
import { int64 } from '../elements.js';

export interface Cut {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** Cuts `value` along some axes; no cuts, no node. */
export function slice(builder: Builder, value: string, cuts: readonly Cut[]): string {
  if (cuts.length === 0) return value;
  const part = (key: keyof Cut) => builder.constant(int64(cuts.map((cut) => cut[key])));
  return builder.emit('Slice', [value, part('start'), part('end'), part('axis'), part('step')]);
}
