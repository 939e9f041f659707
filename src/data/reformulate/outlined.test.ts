import { describe, expect, it } from 'vitest';
import { archiveOf, box, image } from '../../testing/made-archive.js';
import type { Region } from '../record.js';
import { reformulate } from './index.js';
import { aroundUnboxed, bareBoxes } from './outlined.js';

const HEIGHT = 40;
const polygon = (x: number, y: number, side: number, label = 'a'): Region => ({
  ...{ kind: 'polygon', label },
  points: [
    [x, y],
    [x + side, y],
    [x, y + side],
  ],
});
const columns = (x: number, y: number, side: number): Region => ({
  ...{ kind: 'runs', label: 'a', order: 'columns' },
  runs: Array.from({ length: side }, (_, c) => [(x + c) * HEIGHT + y, side]).flat(),
});
const circle = (x: number, y: number, side: number): Region => ({
  ...{ kind: 'circle', label: 'a' },
  ...{ x: x + side / 2, y: y + side / 2, radius: side / 2 },
});

describe('boxes and outlines of one finding', () => {
  it.each([
    ['polygons', polygon],
    ['run lengths', columns],
    ['circles', circle],
  ])('are of one object where they lie over each other: %s', (_, outline) => {
    const [own, loose, bare] = [box('a', 10, 10, 8, 8), box('a', 9, 9, 11, 10), box('a', 50, 20, 6, 6)];
    const regions = [outline(10, 10, 8)];
    expect(bareBoxes({ boxes: [own, bare], regions }, HEIGHT)).toEqual([bare]);
    expect(bareBoxes({ boxes: [loose, bare], regions }, HEIGHT)).toEqual([bare]);
    expect(aroundUnboxed({ boxes: [own], regions }, HEIGHT)).toEqual([]);
    const beside = [outline(10, 10, 8), outline(70, 4, 8)];
    expect(aroundUnboxed({ boxes: [own], regions: beside }, HEIGHT)).toEqual([
      { x: 70, y: 4, width: 8, height: 8 },
    ]);
  });

  it('are of one object where the outline has several parts', () => {
    const regions = [polygon(10, 10, 4), polygon(20, 24, 4)];
    expect(bareBoxes({ boxes: [box('a', 10, 10, 14, 18)], regions }, HEIGHT)).toEqual([]);
  });

  it('of another finding are of other objects', () => {
    const boxes = [box('a', 10, 10, 8, 8)];
    expect(bareBoxes({ boxes, regions: [polygon(10, 10, 8, 'b')] }, HEIGHT)).toEqual(boxes);
  });

  it('may be of one object where the extent of the outline is not known', () => {
    const regions: Region[] = [{ kind: 'file', label: 'a', path: 'm.png' }];
    expect(bareBoxes({ boxes: [box('a', 1, 1, 5, 5)], regions }, HEIGHT)).toEqual([]);
    expect(aroundUnboxed({ boxes: [box('a', 1, 1, 5, 5)], regions }, HEIGHT)).toEqual([]);
  });

  it('of which pixels tell the objects apart by their connected parts', () => {
    const [own, bare] = [box('a', 10, 10, 8, 8), box('a', 50, 20, 6, 6)];
    const parts = [
      { x: 11, y: 10, width: 3, height: 3 },
      { x: 14, y: 15, width: 4, height: 3 },
      { x: 70, y: 4, width: 8, height: 8 },
    ];
    const regions: Region[] = [{ kind: 'file', label: 'a', path: 'm.png', parts }];
    expect(bareBoxes({ boxes: [own, bare], regions }, HEIGHT)).toEqual([bare]);
    expect(aroundUnboxed({ boxes: [own, bare], regions }, HEIGHT)).toEqual([parts[2]]);
    const empty: Region[] = [{ ...regions[0]!, parts: [] } as Region];
    expect(bareBoxes({ boxes: [own], regions: empty }, HEIGHT)).toEqual([own]);
  });

  it('both make positive tiles, and an object of either counts', () => {
    const shown = image('one', [box('a', 2, 2, 10, 10)], { regions: [polygon(40, 22, 10)] });
    const archive = archiveOf([{ ...shown, width: 60, height: HEIGHT }]);
    const { recipes } = reformulate(
      archive,
      'tiles',
      { size: 20, overlap: 0, tissue: 0 },
      0,
      (_record, _finding, { width, height }) => (width * height) / 2,
    );
    const positive = recipes.filter(({ labels }) => labels[0] === 1).map(({ crop }) => [crop?.x, crop?.y]);
    expect(positive).toEqual([
      [0, 0],
      [40, 20],
    ]);
  });
});
