import { describe, expect, it } from 'vitest';
import { placeBox } from './boxes.js';
import { collect } from './collect.js';
import { ellipse, polygonArea } from './polygons.js';

const box = (x: number, y: number, width: number, height: number) => ({ label: 'a', x, y, width, height });
const size = { width: 100, height: 50 };

describe('boxes and regions of an archive', () => {
  it('keeps a box that lies within, to the last edge', () => {
    expect(placeBox(box(0, 0, 100, 50), size)).toEqual({ box: box(0, 0, 100, 50) });
  });

  it('counts as many faults of one image as there are', () => {
    const boxes = Array.from({ length: 200_000 }, () => box(1, 1, 2, 2));
    const drafts = [{ id: 'i', path: 'i.png', patient: 'p', boxes, regions: [] }];
    expect(collect('set', ['a'], drafts).problems).toHaveLength(199_999);
  });

  it('keeps degenerate and outside boxes out, and says why', () => {
    const place = { kind: 'box', label: 'a' };
    expect(placeBox(box(5, 5, 0, 3), size)).toEqual({
      fault: { kind: 'degenerate', place, problem: "box 'a' [5, 5, 0, 3] has no area" },
    });
    expect(placeBox(box(Number.NaN, 5, 1, 3), size).fault?.kind).toBe('degenerate');
    expect(placeBox(box(5, 5, -1, 3), size).box).toBeUndefined();
    expect(placeBox(box(100, 5, 10, 3), size)).toEqual({
      fault: {
        kind: 'outside',
        place,
        problem: "box 'a' [100, 5, 10, 3] lies outside the image of 100x50",
      },
    });
    expect(placeBox(box(-10, 5, 10, 3)).fault?.kind).toBe('outside');
  });

  it('cuts what stands out, and tells it above a pixel', () => {
    expect(placeBox(box(-0.4, 10, 10, 40.6), size)).toEqual({ box: box(0, 10, 9.6, 40) });
    const cut = placeBox(box(90, 10, 30, 5), size);
    expect(cut.box).toEqual(box(90, 10, 10, 5));
    expect(cut.fault).toMatchObject({
      kind: 'clipped',
      problem: "box 'a' [90, 10, 30, 5] stood out of the image of 100x50 by 20",
    });
  });

  it('joins two records of one image, drops regions without area, and counts both', () => {
    const draft = { id: 'i', patient: 'p', path: '/i', ...size, boxes: [] };
    const flat = {
      kind: 'polygon',
      label: 'a',
      points: [
        [0, 0],
        [1, 1],
        [2, 2],
      ],
    } as const;
    const far = { kind: 'circle', label: 'a', x: 500, y: 5, radius: 3 } as const;
    const fine = { kind: 'circle', label: 'a', x: 50, y: 5, radius: 30 } as const;
    const empty = { kind: 'runs', label: 'a', runs: [], order: 'rows' } as const;
    const archive = collect(
      'n',
      ['a'],
      [
        { ...draft, regions: [flat, far, fine, empty] },
        { ...draft, regions: [] },
      ],
    );
    expect(archive.records).toEqual([{ ...draft, regions: [fine] }]);
    expect(archive.problems.map(({ image, kind }) => [image, kind])).toEqual([
      ['i', 'duplicate'],
      ['i', 'degenerate'],
      ['i', 'outside'],
      ['i', 'clipped'],
      ['i', 'degenerate'],
    ]);
  });

  it('makes an ellipse of the right area and place', () => {
    const region = ellipse(box(10, 20, 30, 12));
    expect(region.kind === 'polygon' && polygonArea(region.points)).toBeCloseTo(Math.PI * 15 * 6, 9);
  });
});
