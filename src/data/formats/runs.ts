import { inputError } from '../../base/errors.js';
import type { Box, Region } from '../record.js';
import { cornerBox } from './boxes.js';
import { isEmptyCell } from './table.js';

/** Whether a cell of run lengths holds a mask: -1 stands for none. */
export const hasRuns = (cell: string | undefined): boolean => !isEmptyCell(cell) && cell !== '-1';

/** A mask as `start, length` pairs, 0-based, ascending, without overlap. */
export type Runs = readonly number[];

/** So many runs of one mask, or of all masks of a table, are read. */
export const maxRuns = 10_000_000;

/**
 * Parses `gap length gap length ...`, each gap relative to the end of the previous run, in column-major order
 * (SIIM-ACR pneumothorax). `-1` is the empty mask. Throws for malformed text and for runs beyond `pixels`
 * pixels.
 */
export function relativeRuns(text: string, pixels: number): Runs {
  let end = 0;
  return checked(
    pairs(text).flatMap(([gap, length]) => {
      const start = end + gap;
      end = start + length;
      return [start, length];
    }),
    pixels,
  );
}

/**
 * Parses `start length start length ...`, starts counted from 1, as in many challenges. `-1` is the empty
 * mask.
 */
export function absoluteRuns(text: string, pixels: number): Runs {
  const read = pairs(text);
  if (read[0]?.[0] === 0) throw inputError('run-length starts count from 1, and the first is 0');
  return checked(
    read.flatMap(([start, length]) => [start - 1, length]),
    pixels,
  );
}

/**
 * Converts COCO's uncompressed counts: alternating lengths of background and foreground, background first, in
 * column-major order.
 */
export function countedRuns(counts: readonly number[], pixels: number): Runs {
  const runs: number[] = [];
  let position = 0;
  counts.forEach((count, i) => {
    if (!Number.isInteger(count) || count < 0) throw inputError(`run-length count ${count} is no length`);
    if (i % 2 === 1 && count > 0) runs.push(position, count);
    position += count;
  });
  if (position !== pixels)
    throw inputError(`run-length counts add up to ${position}, not to ${pixels} pixels`);
  return checked(runs, pixels);
}

/**
 * Decodes COCO's compressed counts. Each count is a signed number in groups of 5 bits, least significant
 * first, offset by 48; bit 5 marks a continuation. From the fourth on, a count is the difference to the
 * second-last.
 */
export function compressedCounts(text: string): number[] {
  const counts: number[] = [];
  let position = 0;
  while (position < text.length) {
    let value = 0;
    let shift = 0;
    let group: number;
    do {
      group = text.charCodeAt(position++) - 48;
      if (!(group >= 0 && group < 64) || shift > 30) throw inputError('malformed compressed run-length text');
      value += (group & 31) * 2 ** shift;
      shift += 5;
    } while (group & 32);
    if (group & 16) value -= 2 ** shift;
    if (counts.length > 2) value += counts[counts.length - 2]!;
    counts.push(value);
    if (counts.length > 2 * maxRuns) throw inputError(`more than ${maxRuns} runs in one mask`);
  }
  return counts;
}

/**
 * Bounding box of a mask; `undefined` for an empty one. `stride` is the length of a row or, in column-major
 * order, of a column.
 */
export function runsBox(
  { label, runs, order }: Extract<Region, { kind: 'runs' }>,
  stride: number,
): Box | undefined {
  let [near, far, first, last] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < runs.length; i += 2) {
    const start = runs[i]!;
    const end = start + runs[i + 1]! - 1;
    const [line, lastLine] = [Math.floor(start / stride), Math.floor(end / stride)];
    first = Math.min(first, line);
    last = Math.max(last, lastLine);
    near = Math.min(near, lastLine > line ? 0 : start % stride);
    far = Math.max(far, lastLine > line ? stride - 1 : end % stride);
  }
  if (runs.length === 0) return undefined;
  return order === 'rows'
    ? cornerBox(label, [near, first, far + 1, last + 1])
    : cornerBox(label, [first, near, last + 1, far + 1]);
}

export const runsArea = (runs: Runs): number => runs.reduce((sum, n, i) => (i % 2 === 1 ? sum + n : sum), 0);

function pairs(text: string): [number, number][] {
  if (text.trim() === '-1') return [];
  const numbers = wholeNumbers(text);
  if (numbers.length % 2 !== 0)
    throw inputError(`run-length text has ${numbers.length} numbers, which are no pairs`);
  return Array.from({ length: numbers.length / 2 }, (_, i) => [numbers[2 * i]!, numbers[2 * i + 1]!]);
}

/** The whole numbers of a text with spaces between them. */
export function wholeNumbers(text: string): number[] {
  const numbers: number[] = [];
  for (const [word] of text.matchAll(/\S+/g)) {
    if (!/^\d{1,15}$/.test(word))
      throw inputError(`run-length text holds ${JSON.stringify(word.slice(0, 40))}, no whole number`);
    numbers.push(Number(word));
    if (numbers.length > 2 * maxRuns) throw inputError(`more than ${maxRuns} runs in one mask`);
  }
  return numbers;
}

function checked(runs: number[], pixels: number): Runs {
  let end = 0;
  for (let i = 0; i < runs.length; i += 2) {
    const [start, length] = [runs[i]!, runs[i + 1]!];
    if (!Number.isInteger(start) || !Number.isInteger(length) || length < 1) {
      throw inputError(`run-length pair ${start} ${length} is no start and length`);
    }
    if (start < end) throw inputError(`run-length pairs overlap or go back at pixel ${start}`);
    end = start + length;
  }
  if (end > pixels) throw inputError(`run-length mask reaches pixel ${end} of an image of ${pixels} pixels`);
  return runs;
}
