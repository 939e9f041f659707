import { describe, expect, it } from 'vitest';
import { archiveOf, box, image, labelsOf } from '../../testing/made-archive.js';
import type { Rectangle } from '../geometry/frame.js';
import { areaOf, intersection } from '../geometry/points.js';
import { reformulate } from './index.js';

describe('crops', () => {
  const cells = archiveOf([
    image('i', [
      box('a', 20, 20, 20, 10),
      box('a', 0, 70, 20, 10),
      box('b', 60, 30, 4, 4),
      box('a', 50, 50, 9, 8),
    ]),
  ]);

  it('show each box with a margin, cut at the edge of the image', () => {
    const made = reformulate(cells, 'crops', { findings: 'a,b', least: 4 });
    expect(labelsOf(made)).toEqual({ 'i#0': 'a', 'i#1': 'a', 'i#2': 'b', 'i#3': 'a' });
    const cropOf = (id: string) => made.recipes.find((recipe) => recipe.id === id)!.crop;
    expect(cropOf('i#0')).toEqual({ x: 15, y: 10, width: 30, height: 30 });
    expect(cropOf('i#1')).toEqual({ x: 0, y: 60, width: 25, height: 20 });
  });

  it('leave out small boxes, and all but so many of a finding in an image', () => {
    const made = reformulate(cells, 'crops', { findings: 'a,b', most: 2 });
    expect(made.counts).toEqual({ a: 2, b: 0, 'boxes too small': 1, 'boxes left out': 1 });
    expect(reformulate(cells, 'crops', { findings: 'a,b', most: 2 })).toEqual(made);
  });
});

describe('tiles', () => {
  const one = archiveOf([image('i', [box('a', 35, 5, 10, 10), box('b', 85, 65, 10, 10)])]);

  it('cover the image, the last ending at its edge', () => {
    const made = reformulate(one, 'tiles', { size: 40, coverage: 0.4 });
    expect(made.recipes.map(({ id }) => id)).toEqual([
      'i@0,0',
      'i@40,0',
      'i@60,0',
      'i@0,40',
      'i@40,40',
      'i@60,40',
    ]);
    expect(labelsOf(made)['i@0,0']).toBe('a');
    expect(labelsOf(made)['i@40,0']).toBe('a');
    expect(made.recipes[0]!.boxes).toEqual([box('a', 35, 5, 5, 10)]);
  });

  it('that show too little of a box are left out or negative', () => {
    const dropped = reformulate(one, 'tiles', { size: 40, coverage: 0.6 });
    expect(dropped.counts['partial tiles left out']).toBe(2);
    expect(labelsOf(dropped)['i@0,0']).toBe(undefined);
    const kept = reformulate(one, 'tiles', { size: 40, coverage: 0.6, partial: 'negative' });
    expect(labelsOf(kept)['i@0,0']).toBe('no a');
  });

  it('count what lies across their edges, so that no positive one shows it', () => {
    const unseen = (counts: Readonly<Record<string, number>>) => [
      counts['places of a of which no positive tile shows enough'],
      counts['images with such places'],
    ];
    const archive = archiveOf([
      image('i', [box('a', 35, 5, 10, 10), box('a', 34, 45, 12, 10), box('a', 5, 5, 10, 10)]),
      image('j', [box('a', 35, 5, 10, 10), box('b', 35, 5, 10, 10)]),
      image('k', [box('a', 5, 5, 10, 10)]),
    ]);
    const at = (more: object) => unseen(reformulate(archive, 'tiles', { size: 40, ...more }).counts);
    expect(at({ coverage: 0.6 })).toEqual([3, 2]);
    expect(at({ coverage: 0.6, partial: 'negative' })).toEqual([3, 2]);
    expect(at({ coverage: 0.5 })).toEqual([undefined, undefined]);
    expect(at({ coverage: 0.6, overlap: 0.5 })).toEqual([undefined, undefined]);
  });

  it('count marked parts that no positive one shows', () => {
    const region = { kind: 'runs', label: 'a', runs: [0, 1], order: 'rows' } as const;
    const archive = archiveOf([image('i', [], { regions: [region] })]);
    const parts = [box('a', 2, 2, 10, 10), box('a', 52, 40, 2, 2)];
    const marked = (_record: unknown, _finding: string, window: Rectangle) =>
      parts.reduce((sum, part) => sum + areaOf(intersection(part, window) ?? { width: 0, height: 0 }), 0);
    const made = reformulate(
      archive,
      'tiles',
      { size: 50, extent: 0.01 },
      0,
      Object.assign(marked, { parts: () => parts }),
    );
    expect(labelsOf(made)['i@0,0']).toBe('a');
    expect(made.counts).toMatchObject({
      'partial tiles left out': 2,
      'places of a of which no positive tile shows enough': 1,
      'images with such places': 1,
    });
  });

  it('inside a box larger than themselves are positive', () => {
    const large = archiveOf([image('i', [box('a', 0, 0, 100, 80)])]);
    expect(reformulate(large, 'tiles', { size: 20 }).counts).toMatchObject({ a: 20, 'no a': 0 });
  });

  it('overlap by a share of their side', () => {
    const made = reformulate(one, 'tiles', { size: 40, overlap: 0.5, partial: 'negative' });
    expect(made.recipes.filter(({ crop }) => crop!.y === 0).map(({ crop }) => crop!.x)).toEqual([
      0, 20, 40, 60,
    ]);
  });

  it('taken as hard negatives show another finding', () => {
    const made = reformulate(one, 'tiles', { size: 40, coverage: 0.4, negatives: 'hard' });
    expect(labelsOf(made)).toEqual({ 'i@0,0': 'a', 'i@40,0': 'a', 'i@60,40': 'no a' });
  });

  it('are positive by their share of marked pixels where there are no boxes', () => {
    const region = { kind: 'runs', label: 'a', runs: [0, 1], order: 'rows' } as const;
    const archive = archiveOf([image('i', [], { regions: [region] })]);
    const inFirst = (pixels: number) =>
      reformulate(archive, 'tiles', { size: 50, extent: 0.01 }, 0, (_, finding, { x, y }) =>
        finding === 'a' && x + y === 0 ? pixels : 0,
      );
    expect(labelsOf(inFirst(25))).toEqual({
      'i@0,0': 'a',
      'i@50,0': 'no a',
      'i@0,30': 'no a',
      'i@50,30': 'no a',
    });
    expect(inFirst(25).recipes[0]!.regions).toEqual([region]);
    expect(inFirst(24).counts['partial tiles left out']).toBe(1);
  });

  it('are not made of images whose finding has no place', () => {
    const made = reformulate(archiveOf([image('i', [], { findings: ['a'] })]), 'tiles', { size: 40 });
    expect(made.counts['images left out: the finding has no place']).toBe(1);
    expect(made.recipes).toEqual([]);
  });

  it('of an image smaller than a tile are the image', () => {
    const made = reformulate(one, 'tiles', { size: 400 });
    expect(made.recipes.map(({ crop }) => crop)).toEqual([{ x: 0, y: 0, width: 100, height: 80 }]);
  });

  it('need the image size', () => {
    const sizeless = archiveOf([image('i', [], { width: undefined })]);
    expect(() => reformulate(sizeless, 'tiles')).toThrow('size of image i');
  });
});
