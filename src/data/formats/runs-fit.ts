import type { Size } from './boxes.js';
import type { Runs } from './runs.js';

/** From so many runs on, those of a mask tell how long the lines of its picture are. */
const LEAST = 8;

/** Lines that differ by less may be of a slanted mask: over `LEAST` of them it would leave its picture. */
const SLANT = 1 / 7;

/** Lines more often shorter than those of the picture are parts of them, as in a grid of dots. */
const FINE = 8;

/**
 * Whether a mask hangs together in lines of its picture; `undefined` where it does not tell. Where it is of a
 * picture of another size, or in another order, its runs hang together in lines of another length.
 */
export function fitsLines(
  runs: Runs,
  order: 'rows' | 'columns',
  { width, height }: Size,
): { readonly fits: boolean; readonly line: number; readonly side: number } | undefined {
  const line = lineOf(runs);
  if (line === undefined) return undefined;
  const side = order === 'rows' ? width : height;
  const end = runs.at(-2)! + runs.at(-1)!;
  const isSmaller = line < side && end <= 1.1 * width * height * (line / side) ** 2;
  const isLine = FINE * line >= side;
  const isOther = isLine && overlap(runs, line) > overlap(runs, side) + 0.2;
  return { fits: Math.abs(line - side) <= SLANT * side || !(isSmaller || isOther), line, side };
}

/** By how many pixels the starts of runs are apart, where most are so by about the same. */
function lineOf(runs: Runs): number | undefined {
  if (runs.length < 2 * LEAST) return undefined;
  const steps = Array.from({ length: runs.length / 2 - 1 }, (_, i) => runs[2 * i + 2]! - runs[2 * i]!);
  const middle = steps.toSorted((a, b) => a - b)[steps.length >> 1]!;
  const near = steps.filter((step) => Math.abs(step - middle) <= Math.max(3, middle / 10)).length;
  return near >= 0.6 * steps.length ? middle : undefined;
}

/** The share of marked pixels of which the one `line` before is marked too. */
function overlap(runs: Runs, line: number): number {
  let [both, all, before] = [0, 0, 0];
  for (let i = 0; i < runs.length; i += 2) {
    const [start, length] = [runs[i]!, runs[i + 1]!];
    const [from, to] = [start - line, start - line + length];
    all += length;
    while (before < i && runs[before]! + runs[before + 1]! <= from) before += 2;
    for (let at = before; at <= i && runs[at]! < to; at += 2)
      both += Math.min(to, runs[at]! + runs[at + 1]!) - Math.max(from, runs[at]!);
  }
  return both / all;
}
