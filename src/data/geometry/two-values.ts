import { unsupported } from '../../base/errors.js';
import { type Colour, isShade } from './colour.js';

/** A mask with several values, all below this, is a label map. */
export const LABELS = 32;

/** What errors of masks whose values are those of a label map say. */
export const OF_LABEL_MAP = "which are a label map's";

/** With at most so many values, none is an edge that was smoothed or noise. */
const FEW = 8;

/** From this share of pixels between black and white on, a mask is a picture. */
const MOST = 0.5;

/** How a mask is stored. */
interface Stored {
  readonly isLossy: boolean;
  /** How many times its values exceed the stored ones. */
  readonly factor: number;
  /** The numbers of its pixels in its palette, where it has one. */
  readonly numbersOf: () => ArrayLike<number> | undefined;
}

/**
 * Throws where a mask is not of 0 and one other value, up to the smoothed edges that resizing leaves and the
 * noise of lossy files: where it marks areas by several values or colours, as a label map does, and where
 * most of it is neither dark nor bright, as in a picture. `values` are those of the pixels, at most `high`;
 * `data` holds their channels.
 */
export function checkTwoValues(
  data: ArrayLike<number>,
  values: Float64Array,
  width: number,
  high: number,
  { isLossy, factor, numbersOf }: Stored,
): void {
  const between = values.reduce((sum, v) => (v > 0.05 * high && v < 0.95 * high ? sum + 1 : sum), 0);
  const isGrey = high >= LABELS || !values.every(Number.isInteger);
  if (between > MOST * values.length && isGrey) {
    throw unsupported(
      'most of the mask is neither black nor white: it seems to be a picture or a map of probabilities; a mask of 0 and one other value is read',
    );
  }
  if (isLossy) return;
  const kinds = distinct(values, Math.max(FEW, LABELS));
  const labels = high > 1 && high < LABELS ? kinds : areas(values, width, high, kinds.length <= FEW);
  if (labels.length > 1) {
    const numbers = numbersOf();
    const held = numbers
      ? `${numbersIn(numbers, values)} of its palette`
      : labels.map((label) => label / factor).join(', ');
    throw unsupported(
      `the mask holds the values ${held}, ${OF_LABEL_MAP}; one mask for each finding is read, of 0 and one other value`,
    );
  }
  if (data.length > values.length && hues(data, values) > 1) {
    const numbers = numbersOf();
    const held = numbers ? ` (the values ${numbersIn(numbers, values)} of its palette)` : '';
    throw unsupported(
      `the mask marks in several colours${held}, ${OF_LABEL_MAP}; one mask for each finding is read, of black and one colour`,
    );
  }
}

/** The numbers in a palette of what is not black, sorted: the first of many. */
function numbersIn(numbers: ArrayLike<number>, values: Float64Array): string {
  const found = distinct(
    values.map((value, i) => (value > 0 ? numbers[i]! : 0)),
    FEW,
  );
  return `${found.slice(0, FEW).join(', ')}${found.length > FEW ? ', ...' : ''}`;
}

/** The values above 0, sorted: all, or one more than `most` of them. */
function distinct(values: Float64Array, most: number): number[] {
  const found = new Set<number>();
  for (const value of values) {
    if (value > 0) found.add(value);
    if (found.size > most) break;
  }
  return [...found].sort((a, b) => a - b);
}

/**
 * The values above 0 that fill squares of 3x3 pixels, with the greatest. Where there are many values, those
 * near 0 and near the greatest are taken for it.
 */
function areas(values: Float64Array, width: number, high: number, areFew: boolean): number[] {
  const found = new Set([high]);
  const [least, most] = areFew ? [0, high] : [high / 8, (7 / 8) * high];
  for (let i = width + 1; i < values.length - width - 1; i++) {
    const value = values[i]!;
    if (value <= least || value >= most || found.has(value)) continue;
    const column = i % width;
    if (column === 0 || column === width - 1) continue;
    const isFilled = [-width, 0, width].every(
      (row) => values[i + row - 1] === value && values[i + row] === value && values[i + row + 1] === value,
    );
    if (isFilled) found.add(value);
  }
  return [...found].sort((a, b) => a - b);
}

/** The number of colours, shades counted once, of a picture with few of them; 1 of others. */
function hues(data: ArrayLike<number>, values: Float64Array): number {
  const channels = data.length / values.length;
  const seen = new Set<string>();
  const found: Colour[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value === 0) continue;
    const colour = Array.from({ length: channels }, (_, c) => data[i * channels + c]!);
    const key = colour.join();
    if (seen.has(key)) continue;
    seen.add(key);
    if (seen.size > LABELS) return 1;
    const hue = colour.map((channel) => channel / value);
    if (!found.some((other) => isShade(other, hue))) found.push(hue);
  }
  return found.length;
}
