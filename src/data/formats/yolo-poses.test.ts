import { describe, expect, it } from 'vitest';
import type { Annotated } from './collect.js';
import { withoutPoses } from './yolo-poses.js';

type Points = readonly (readonly [number, number])[];
const of = (...outlines: readonly Points[]): readonly Annotated[] =>
  outlines.map((points, i) => ({
    file: `${i}`,
    boxes: [],
    regions: [{ kind: 'polygon', label: 'cyst', points }],
  }));
/** The centre and size of a box, and points in it. */
const pose: Points = [
  [50, 40],
  [40, 30],
  [35, 30],
  [65, 50],
  [36, 50],
  [64, 28],
];
const other: Points = [
  [80, 40],
  [30, 30],
  [70, 30],
  [90, 50],
  [0, 0],
  [71, 50],
];
/** A triangle whose first corners are such a centre and size by chance. */
const triangle: Points = [
  [50, 40],
  [60, 50],
  [40, 45],
];
const traced: Points = [
  [50, 40],
  [60, 40],
  [65, 45],
  [60, 50],
  [50, 50],
  [45, 45],
];
const turned: Points = [
  [50, 40],
  [58, 46],
  [52, 54],
  [44, 48],
];

describe('outlines of YOLO', () => {
  it('that are boxes with points in them, and cross themselves, are refused', () => {
    const why =
      'labels: all its outlines have 6 points and fit as a box and 4 keypoints in it, and some cross';
    expect(() => withoutPoses('labels', of(pose, other))).toThrow(why);
  });

  it('of more points than a pose has are outlines, however many', () => {
    const outlines = of(Array.from({ length: 200_000 }, () => [50, 40] as const));
    expect(withoutPoses('labels', outlines)).toBe(outlines);
  });

  it('that might be such are told on the first image', () => {
    for (const outline of [triangle, traced]) {
      const [first, second] = withoutPoses('labels', of(outline, outline));
      expect(first!.faults).toMatchObject([{ problem: expect.stringContaining('read as outlines') }]);
      expect(second!.faults).toBeUndefined();
    }
  });

  it.each([
    ['of several numbers of points', [pose, traced.slice(1), triangle]],
    [
      'out of such a box',
      [
        pose,
        [
          [50, 40],
          [4, 3],
          [35, 30],
          [65, 50],
          [36, 50],
          [64, 28],
        ],
      ],
    ],
    ['that are turned boxes', [turned, turned]],
    ['of no image', []],
  ] as [string, Points[]][])('%s stay as they are', (_, outlines) => {
    const images = of(...outlines);
    expect(withoutPoses('labels', images)).toBe(images);
  });
});
