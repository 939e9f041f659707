import { describe, expect, it } from 'vitest';
import { abstentionThresholds, compactness, duplicates, localSizes, pairDistance } from './compactness.js';
import { boxStability, isConsistent, partsHit, shareOfParts, stability } from './parts.js';
import { findsLesion, patchesInMasks, shareInMask } from './places.js';
import { boxPurity, partPurity } from './purity.js';

const tensor = (data: readonly number[], ...shape: number[]) => ({ data: Float32Array.from(data), shape });

describe('parts of prototypes', () => {
  it('are hit in a square around the strongest place', () => {
    const map = tensor([0, 0, 0, 0, 0, 0, 0, 0, 9], 3, 3);
    const points = [{ x: 8, y: 8 }, { x: 4, y: 8 }, undefined];
    expect(partsHit(map, points, 2, 9, 9)).toEqual([true, false, false]);
  });

  it('make a prototype consistent where one is hit on most of several images', () => {
    const hits = [
      [true, undefined],
      [true, true],
      [false, undefined],
    ];
    expect(shareOfParts(hits)).toEqual([2 / 3, 1]);
    expect(isConsistent(hits)).toBe(false);
    expect(isConsistent(hits, 0.6)).toBe(true);
    expect(isConsistent(hits, 0.8, 1)).toBe(true);
  });

  it('make it stable where a change moves none, by images that hit one', () => {
    const before = [
      [true, false],
      [false, false],
      [true, true],
    ];
    const after = [
      [true, false],
      [false, false],
      [true, false],
    ];
    expect(stability(before, after)).toBe(0.5);
    expect(stability(before, after, true)).toBe(2 / 3);
    expect(stability([[false]], [[false]])).toBeNaN();
    expect(boxStability([true, true, false], [true, false, true])).toBe(1 / 3);
    expect(boxStability([false], [false])).toBeNaN();
  });
});

describe('purity', () => {
  it('is the share of the part that most patches hold, of patches cut to a size', () => {
    const patches = [
      { prototype: 3, image: 0, box: [0, 0, 4, 4] },
      { prototype: 3, image: 1, box: [0, 0, 4, 4] },
    ] as const;
    const points = [
      [
        { x: 1, y: 1 },
        { x: 4, y: 4 },
      ],
      [{ x: 9, y: 9 }, undefined],
    ];
    expect(partPurity(patches, points).get(3)).toEqual({ purity: 1, most: 0.5 });
    expect(partPurity(patches, points, { largest: 2 }).get(3)).toEqual({ purity: 0.5, most: 0.5 });
    const boxes = [[[[1, 1, 2, 2] as const]], [[[8, 8, 2, 2] as const]]];
    expect(boxPurity(patches, boxes).get(3)).toBe(0.5);
  });
});

describe('the places of prototypes', () => {
  it('lie in a mask by most of their pixels', () => {
    const mask = { data: Uint8Array.from([1, 1, 0, 1, 0, 0, 0, 0, 0]), shape: [3, 3] };
    expect(shareInMask(mask, [0, 0, 2, 2])).toBe(0.75);
    const patches = [
      { prototype: 0, image: 0, box: [0, 0, 2, 2] },
      { prototype: 0, image: 0, box: [1, 1, 2, 2] },
      { prototype: 1, image: 1, box: [0, 0, 1, 1] },
    ] as const;
    expect([...patchesInMasks(patches, [mask, undefined])]).toEqual([[0, 0.5]]);
  });

  it('find a lesion where their centre lies in its box', () => {
    expect(findsLesion([0, 0, 4, 4], [[1, 1, 2, 2]])).toBe(true);
    expect(findsLesion([0, 0, 4, 4], [[3, 3, 2, 2]])).toBe(false);
    expect(findsLesion([0, 0, 4, 4], [])).toBeUndefined();
  });
});

describe('compactness', () => {
  it('counts the prototypes of a network and of an image', () => {
    const presences = tensor([1, 0.5, 0, 0, 0.9, 0], 2, 3);
    const weights = tensor([2, 0, 1, 0, 1e-4, 0], 2, 3);
    expect(localSizes(presences, weights)).toEqual([1, 0]);
    expect(compactness(presences, weights)).toEqual({ global: 2, local: 0.5, sparsity: 1 - 2 / 6 });
  });

  it('finds equal prototypes', () => {
    const vectors = tensor([0, 1, 3, 4, 0, 1], 3, 2);
    expect(duplicates(['a 0 0', 'a 0 1', 'a 0 0'])).toEqual([undefined, undefined, 0]);
    expect(pairDistance(vectors)).toBe((4 * 18) / 9);
  });

  it('says from which score a class is as usual', () => {
    const scores = tensor([3, 0, 1, 0, 0, 2], 3, 2);
    expect(abstentionThresholds(scores, 0)).toEqual({ overall: 1, byClass: [1, 2] });
    expect(abstentionThresholds(tensor([3, 0], 1, 2)).byClass).toEqual([3, undefined]);
  });
});
