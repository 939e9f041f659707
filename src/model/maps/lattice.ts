import type { Classifier } from '../classifier.js';
import { merged, type Origins } from './places/origins.js';
import type { Track } from './places/track.js';
import { shownBy } from './shown.js';

/** Elements that come from the crossings of some lines of the input, each from another one. */
export interface Lattice {
  /** The lines along each axis of positions, in the input's order. */
  readonly lines: readonly Track[];
  /** The element at each crossing, row by row. */
  readonly order: readonly number[];
}

/** The lattice from which elements come, but for those that come from nowhere; undefined without one. */
export function latticeOf({ at }: Origins): Lattice | undefined {
  const rounded = at.map((places) => places.map((place) => Math.round(place * 1e6) / 1e6));
  const lines = rounded.map((places) =>
    [...new Set(places)].filter((place) => !Number.isNaN(place)).sort((a, b) => a - b),
  );
  if (!lines.every(isRegular)) return undefined;
  const order: number[] = [];
  for (const i of rounded[0]!.keys()) {
    if (rounded.some((places) => Number.isNaN(places[i]))) continue;
    const crossing = rounded.reduce(
      (sum, places, k) => sum * lines[k]!.length + lines[k]!.indexOf(places[i]!),
      0,
    );
    if (order[crossing] !== undefined) return undefined;
    order[crossing] = i;
  }
  const crossings = lines.reduce((product, line) => product * line.length, 1);
  return order.length === crossings && !order.includes(undefined as never) ? { lines, order } : undefined;
}

/** Whether lines are about as far apart everywhere: those of two parts of the image would lie in between. */
function isRegular(line: readonly number[]): boolean {
  const steps = line.slice(1).map((place, i) => place - line[i]!);
  return Math.min(...steps) >= 0.6 * Math.max(...steps) || steps.length === 0;
}

/**
 * The lattice from which the tokens of a value come; undefined where the network does not tell where they
 * come from, and why there is none where they come from no lattice, as those of two overlapping parts.
 */
export function latticeAt(
  model: Classifier,
  value: string,
  tokens: number,
): Lattice | { readonly why: string } | undefined {
  const shown = shownBy(model).get(value);
  if (!shown) return undefined;
  if ('lost' in shown) return { why: `${shown.lost} before the tokens of '${value}'` };
  if (!('origins' in shown) || shown.origins.at.length < 2) return undefined;
  const origins = merged(shown.origins, [shown.origins.dims.length - 1]);
  const { dims } = origins;
  const varied = dims.filter((length) => length > 1);
  if (varied.length === 0 && tokens > 1) return { why: `the tokens of '${value}' all show the same places` };
  if (varied.join() !== String(tokens)) return undefined;
  return (
    latticeOf(origins) ?? {
      why: `the ${tokens} tokens of '${value}' show parts of the image more than once, or too few of them`,
    }
  );
}
