import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { absoluteRuns, compressedCounts, countedRuns, relativeRuns, runsArea, runsBox } from './runs.js';

/**
 * The challenge's own reading: walk through the numbers and paint, then take the picture column by column.
 */
function paint(text: string, side: number): number[][] {
  const flat = new Array<number>(side * side).fill(0);
  const numbers = text.split(' ').map(Number);
  let position = 0;
  for (let i = 0; i < numbers.length; i += 2) {
    position += numbers[i]!;
    for (let k = 0; k < numbers[i + 1]!; k++) flat[position++] = 1;
  }
  return Array.from({ length: side }, (_, y) => Array.from({ length: side }, (_, x) => flat[x * side + y]!));
}

function picture(runs: readonly number[], height: number, width: number): number[][] {
  const rows = Array.from({ length: height }, () => new Array<number>(width).fill(0));
  for (let i = 0; i < runs.length; i += 2) {
    for (let p = runs[i]!; p < runs[i]! + runs[i + 1]!; p++) rows[p % height]![Math.floor(p / height)] = 1;
  }
  return rows;
}

/** COCO's compression, written down from its definition. */
function compress(counts: readonly number[]): string {
  let text = '';
  counts.forEach((count, i) => {
    let value = i > 2 ? count - counts[i - 2]! : count;
    for (let more = true; more; ) {
      let group = value & 31;
      value >>= 5;
      more = group & 16 ? value !== -1 : value !== 0;
      if (more) group |= 32;
      text += String.fromCharCode(group + 48);
    }
  });
  return text;
}

describe('run-length masks', () => {
  it('reads relative runs as the pneumothorax challenge paints them', () => {
    const text = '3 2 4 1 0 2 7 3';
    expect(picture(relativeRuns(text, 64), 8, 8)).toEqual(paint(text, 8));
  });

  it('counts absolute runs from pixel 1', () => {
    expect(absoluteRuns('1 3 10 5', 100)).toEqual([0, 3, 9, 5]);
  });

  it('takes -1 for the empty mask', () => {
    expect(relativeRuns('-1', 100)).toEqual([]);
    expect(absoluteRuns(' -1 ', 100)).toEqual([]);
  });

  it('decompresses what pycocotools makes of these counts', () => {
    // size [9, 10]; from pycocotools.mask.frPyObjects.
    expect(compressedCounts('61X13mN000`0')).toEqual([6, 1, 40, 4, 5, 4, 5, 4, 21]);
  });

  it('decompresses random masks to their counts', () => {
    const random = seededRandom(7);
    for (let trial = 0; trial < 200; trial++) {
      const counts = Array.from({ length: 1 + random.below(30) }, () =>
        random.below(random.below(2) ? 40 : 200000),
      );
      expect(compressedCounts(compress(counts))).toEqual(counts);
    }
  });

  it('turns counts into runs, background first', () => {
    const runs = countedRuns([6, 1, 40, 4, 5, 4, 5, 4, 21], 90);
    expect(runs).toEqual([6, 1, 47, 4, 56, 4, 65, 4]);
    expect(runsArea(runs)).toBe(13);
  });

  it('finds the smallest box around a mask in either order', () => {
    const random = seededRandom(3);
    for (let trial = 0; trial < 100; trial++) {
      const [height, width] = [2 + random.below(6), 2 + random.below(6)];
      const start = random.below(height * width - 1);
      const runs = [start, 1 + random.below(height * width - start)];
      const rows = picture(runs, height, width);
      const ys = rows.flatMap((row, y) => (row.includes(1) ? [y] : []));
      const xs = Array.from({ length: width }, (_, x) => x).filter((x) => rows.some((row) => row[x] === 1));
      const [x, y] = [Math.min(...xs), Math.min(...ys)];
      const expected = { label: 'a', x, y, width: Math.max(...xs) + 1 - x, height: Math.max(...ys) + 1 - y };
      expect(runsBox({ kind: 'runs', label: 'a', runs, order: 'columns' }, height)).toEqual(expected);
      const turned = {
        label: 'a',
        x: expected.y,
        y: expected.x,
        width: expected.height,
        height: expected.width,
      };
      expect(runsBox({ kind: 'runs', label: 'a', runs, order: 'rows' }, height)).toEqual(turned);
    }
    expect(runsBox({ kind: 'runs', label: 'a', runs: [], order: 'rows' }, 5)).toBeUndefined();
  });

  it.each([
    ['1 2 3', /3 numbers, which are no pairs/],
    ['1 x', /holds "x", no whole number/],
    ['1,2', /holds "1,2", no whole number/],
    ['1 0', /no start and length/],
    ['1.5 2', /holds "1.5", no whole number/],
    ['-4 2', /holds "-4", no whole number/],
    ['90 11', /reaches pixel 101 of an image of 100/],
    ['1e300 5', /holds "1e300", no whole number/],
    ['999999999999999 5', /reaches pixel/],
  ])('refuses the relative runs %s', (text, message) => {
    expect(() => relativeRuns(text, 100)).toThrow(message);
  });

  it('refuses overlapping absolute runs, wrong sums and malformed compression', () => {
    expect(() => absoluteRuns('5 10 8 2', 100)).toThrow(/overlap or go back at pixel 7/);
    expect(() => absoluteRuns('0 10', 100)).toThrow('starts count from 1, and the first is 0');
    expect(() => countedRuns([1, 2], 4)).toThrow('add up to 3, not to 4');
    expect(() => countedRuns([1, -2, 5], 4)).toThrow('-2 is no length');
    for (const text of ['a b', 'oooooooooooo', 'o', '\u{1F600}', '~']) {
      expect(() => compressedCounts(text)).toThrow('malformed compressed run-length text');
    }
  });
});
