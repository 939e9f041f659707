import { describe, expect, it } from 'vitest';
import { type GivenOptions, readOptions } from '../../base/options.js';
import { permutation, seededRandom } from '../../base/random.js';
import type { Rectangle } from '../geometry/frame.js';
import type { Archive, Box, ImageRecord } from '../record.js';
import { type Reformulated, reformulate, reformulationOf, reformulations } from './index.js';
import { unionArea } from './places.js';

const box = (label: string, x: number, y: number, width: number, height: number): Box => ({
  label,
  x,
  y,
  width,
  height,
});

function image(id: string, boxes: readonly Box[], more: Partial<ImageRecord> = {}): ImageRecord {
  return { id, patient: id, path: `${id}.png`, width: 100, height: 80, boxes, regions: [], ...more };
}

function archiveOf(records: readonly ImageRecord[], findings = ['a', 'b', 'c']): Archive {
  return { name: 'made', findings, records, problems: [] };
}

const labelsOf = ({ recipes, classes }: Reformulated) =>
  Object.fromEntries(recipes.map(({ id, labels }) => [id, labels.map((l) => classes[l]).join('+')]));

const random = seededRandom(11);
const crowd = archiveOf(
  Array.from({ length: 60 }, (_, i) =>
    image(
      `i${i}`,
      ['a', 'b', 'c'].flatMap((label) =>
        random.uniform() < 0.3
          ? [box(label, random.below(60), random.below(40), 5 + random.below(30), 5 + random.below(30))]
          : [],
      ),
      { attributes: { class: i % 3, value: i / 3 } },
    ),
  ),
);

describe.each(Object.keys(reformulations))('%s', (name) => {
  const made = reformulate(crowd, name, {}, 3);

  it('gives labels that are its classes, under ids of their own', () => {
    expect(made.recipes.length).toBeGreaterThan(0);
    expect(new Set(made.recipes.map(({ id }) => id)).size).toBe(made.recipes.length);
    for (const { labels } of made.recipes) {
      if (!made.multiLabel) expect(labels).toHaveLength(1);
      for (const label of labels) expect(made.classes[label]).toBeTypeOf('string');
    }
  });

  it('counts what it gives', () => {
    for (const [index, className] of made.classes.entries()) {
      const seen = made.recipes.filter(({ labels }) => labels.includes(index)).length;
      expect(made.counts[className]).toBe(seen);
    }
  });

  it('does not depend on the order of the images', () => {
    const records = [...permutation(seededRandom(2), 60)].map((i) => crowd.records[i]!);
    const again = reformulate({ ...crowd, records }, name, {}, 3);
    expect(labelsOf(again)).toEqual(labelsOf(made));
  });

  it('refuses unknown options and an archive without findings', () => {
    expect(() => reformulate(crowd, name, { findng: 'a' })).toThrow('unknown option');
    expect(() => reformulate({ ...crowd, findings: [] }, name)).toThrow();
  });

  it('takes an archive without images', () => {
    if (name === 'multi-label') {
      expect(() => reformulate(archiveOf([]), name)).toThrow('no finding');
    } else expect(reformulate(archiveOf([]), name).recipes).toEqual([]);
  });
});

describe('presence', () => {
  const archive = archiveOf([
    image('positive', [box('a', 1, 1, 5, 5), box('b', 1, 1, 5, 5)]),
    image('other', [box('b', 1, 1, 5, 5)]),
    image('listed', [], { findings: ['a'] }),
    image('degenerate', [box('a', 3, 3, 0, 4)]),
    image('silent', []),
    image('empty', [], { findings: [] }),
    image('contrary', [box('a', 1, 1, 2, 2)], { findings: ['b'] }),
  ]);

  it('labels by boxes and lists, keeps the evidence of its finding, and counts doubts', () => {
    const made = reformulate(archive, 'presence', { finding: 'a' });
    expect(labelsOf(made)).toEqual({
      positive: 'a',
      other: 'no a',
      listed: 'a',
      degenerate: 'a',
      silent: 'no a',
      empty: 'no a',
      contrary: 'a',
    });
    expect(made.recipes[0]!.boxes).toEqual([box('a', 1, 1, 5, 5)]);
    expect(made.counts).toEqual({
      'no a': 3,
      a: 4,
      'positives without a place': 2,
      'positives by a place that the list of findings does not name': 1,
      'images without any annotation, taken as negatives': 1,
      'negatives left out': 0,
    });
  });

  it('takes all negatives, a ratio of them, or those with another finding', () => {
    const count = (options: object) => reformulate(crowd, 'presence', { finding: 'a', ...options }).counts;
    const all = count({});
    expect(all.a! + all['no a']!).toBe(60);
    expect(count({ negatives: 'balanced' })['no a']).toBe(all.a);
    expect(count({ negatives: 'ratio', ratio: 0.5 })['no a']).toBe(Math.round(all.a! / 2));
    const hard = reformulate(crowd, 'presence', { finding: 'a', negatives: 'hard' });
    for (const { labels, record } of hard.recipes) {
      if (labels[0] === 0) expect(record.boxes.some(({ label }) => label !== 'a')).toBe(true);
    }
    expect(count({ negatives: 'ratio', ratio: 50 })['negatives missing']).toBeGreaterThan(0);
  });

  it('suggests the nearest finding', () => {
    expect(() => reformulate(archiveOf([], ['opacity']), 'presence', { finding: 'opacty' })).toThrow(
      "did you mean 'opacity'",
    );
  });
});

it.each(['presence', 'multi-label', 'tiles', 'severity', 'dominant'])(
  '%s takes no image that nobody annotated for one without findings',
  (name) => {
    const archive = archiveOf([
      image('seen', [box('a', 2, 2, 60, 60)]),
      image('untold', [], { annotated: false }),
    ]);
    const made = reformulate(archive, name);
    expect(made.counts['images left out: nobody annotated them']).toBe(1);
    expect(made.recipes.every(({ record }) => record.id === 'seen')).toBe(true);
  },
);

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

describe('by place', () => {
  const archive = archiveOf([
    image('left', [box('a', 5, 5, 20, 20)]),
    image('right', [box('a', 70, 50, 20, 20)]),
    image('both', [box('a', 5, 5, 20, 20), box('a', 75, 5, 20, 20)]),
    image('outside', [box('a', 200, 5, 20, 20)]),
    image('none', []),
    image('disc', [], { regions: [{ kind: 'circle', label: 'a', x: 20, y: 60, radius: 10 }] }),
  ]);

  it('laterality names image or patient sides', () => {
    expect(labelsOf(reformulate(archive, 'laterality'))).toEqual({
      left: 'left',
      right: 'right',
      disc: 'left',
    });
    expect(labelsOf(reformulate(archive, 'laterality', { sides: 'patient' })).left).toBe('right');
    const spread = reformulate(archive, 'laterality', { spread: 'class' });
    expect(labelsOf(spread).both).toBe('both sides');
    expect(spread.counts).toMatchObject({
      'left out: without the finding': 1,
      'left out: the finding has no place in the image': 1,
    });
  });

  it('quadrant names the quarter', () => {
    expect(labelsOf(reformulate(archive, 'quadrant'))).toEqual({
      left: 'upper left',
      right: 'lower right',
      disc: 'lower left',
    });
  });
});

describe('findings that are marked in mask files alone', () => {
  const file = (label: string) => ({ kind: 'file', label, path: `${label}.png` }) as const;
  const archive = archiveOf([
    image('a-left', [], { regions: [file('a')] }),
    image('two', [], { regions: [file('a'), file('b')] }),
    image('boxed', [box('b', 60, 10, 20, 20)]),
  ]);
  /** `a` marks the pixels of the left fifth, `b` those of the upper half. */
  const marked = (_: unknown, label: string, { x, y, width, height }: Rectangle) =>
    label === 'a'
      ? Math.max(0, Math.min(20, x + width) - x) * height
      : width * Math.max(0, Math.min(40, y + height) - y);

  it('ask for the pixels of those findings, and of no others', () => {
    const needed = (name: string, options: GivenOptions) =>
      reformulationOf(name).needsMarks!(archive, readOptions(reformulationOf(name).options, options, name));
    expect(needed('dominant', {})).toEqual(['a', 'b']);
    expect(needed('dominant', { by: 'count' })).toEqual([]);
    expect(needed('severity', { finding: 'a' })).toEqual(['a']);
    expect(needed('quadrant', { finding: 'b' })).toEqual(['b']);
    const boxes = archiveOf([image('left', [box('a', 5, 5, 20, 20)])]);
    expect(reformulationOf('laterality').needsMarks!(boxes, { finding: 'a' })).toEqual([]);
  });

  it('are placed, graded and compared by their pixels', () => {
    const made = (name: string, options: GivenOptions) =>
      labelsOf(reformulate(archive, name, options, 0, marked));
    expect(made('laterality', { finding: 'a' })).toEqual({ 'a-left': 'left', two: 'left' });
    expect(made('quadrant', { finding: 'a', spread: 'class' })['a-left']).toBe('several quarters');
    expect(made('severity', { finding: 'a', thresholds: '0.1,0.19,0.21' })).toEqual({
      'a-left': 'a grade 3',
      two: 'a grade 3',
      boxed: 'no a',
    });
    expect(made('dominant', {})).toEqual({ 'a-left': 'a', two: 'b', boxed: 'b' });
  });

  it('are left out, not taken for nothing, where nobody read their pixels', () => {
    const { counts } = reformulate(archive, 'dominant');
    expect(counts['left out: several findings, area unknown']).toBe(1);
    expect(reformulate(archive, 'laterality', { finding: 'a' }).recipes).toEqual([]);
  });
});

describe('severity', () => {
  it('grades by the share of the image, overlaps once', () => {
    const archive = archiveOf([
      image('small', [box('a', 0, 0, 10, 10)]),
      image('twice', [box('a', 0, 0, 20, 30), box('a', 0, 0, 20, 30)]),
      image('large', [box('a', 0, 0, 50, 40)]),
      image('none', []),
      image('listed', [], { findings: ['a'] }),
    ]);
    const made = reformulate(archive, 'severity', {});
    expect(labelsOf(made)).toEqual({
      small: 'a grade 1',
      twice: 'a grade 2',
      large: 'a grade 3',
      none: 'no a',
    });
    expect(made.counts['left out: the finding has no measurable area']).toBe(1);
    expect(() => reformulate(archive, 'severity', { thresholds: '0.3,0.1' })).toThrow('rising shares');
  });

  it('gives the share itself as the number of a regression', () => {
    const archive = archiveOf([image('small', [box('a', 0, 0, 10, 10)]), image('none', [])]);
    const { classes, regression, recipes } = reformulate(archive, 'severity', { as: 'share' });
    expect([classes, regression]).toEqual([['share of a'], true]);
    const { width, height } = archive.records[0]!;
    expect(recipes.map(({ labels, value }) => [labels, value])).toEqual([
      [[0], 100 / (width! * height!)],
      [[0], 0],
    ]);
  });
});

describe('stated-value', () => {
  const graded = (id: string, grade?: string | number) => ({
    ...image(id, [box('a', 0, 0, 10, 10)]),
    ...(grade !== undefined && { attributes: { grade, site: 'north' } }),
  });

  it('takes the numbers that an attribute states, and counts images without one', () => {
    const archive = archiveOf([graded('one', '2.5'), graded('two', 0), graded('bad', 'n/a'), graded('none')]);
    const made = reformulate(archive, 'stated-value', { attribute: 'grade' });
    expect(made.recipes.map(({ id, value }) => [id, value])).toEqual([
      ['one', 2.5],
      ['two', 0],
    ]);
    expect([made.classes, made.regression]).toEqual([['grade'], true]);
    expect(made.counts['left out: no number stated']).toBe(2);
  });

  it('names the attributes that there are, and one that holds no numbers', () => {
    const archive = archiveOf([graded('one', 1)]);
    const asked = (attribute: string) => () => reformulate(archive, 'stated-value', { attribute });
    expect(asked('size')).toThrow("option 'attribute' of stated-value got 'size'; ");
    expect(asked('site')).toThrow("got 'site'; it takes one of numbers");
  });
});

describe('dominant', () => {
  it('takes the finding with the largest marked area, and leaves ties out', () => {
    const archive = archiveOf([
      image('single', [box('b', 0, 0, 3, 3)]),
      image('clear', [box('a', 0, 0, 20, 20), box('b', 30, 0, 5, 5), box('b', 50, 0, 5, 5)]),
      image('tie', [box('a', 0, 0, 5, 5), box('b', 30, 0, 5, 5)]),
      image('unknown', [], { findings: ['a', 'b'] }),
      image('none', []),
    ]);
    const made = reformulate(archive, 'dominant', { none: 'class' });
    expect(labelsOf(made)).toEqual({ single: 'b', clear: 'a', none: 'none' });
    expect(made.counts).toMatchObject({
      'left out: no finding dominates': 1,
      'left out: several findings, area unknown': 1,
    });
    expect(labelsOf(reformulate(archive, 'dominant', { by: 'count' })).clear).toBe('b');
  });
});

describe('multi-label', () => {
  it('holds all findings of an image and drops rare classes', () => {
    const archive = archiveOf([
      image('two', [box('a', 0, 0, 3, 3), box('b', 0, 0, 3, 3)]),
      image('one', [box('a', 0, 0, 3, 3), box('c', 0, 0, 3, 3)]),
      image('none', [], { findings: [] }),
    ]);
    expect(labelsOf(reformulate(archive, 'multi-label'))).toEqual({ two: 'a+b', one: 'a+c', none: '' });
    const common = reformulate(archive, 'multi-label', { atLeast: 2 });
    expect(common.classes).toEqual(['a']);
    expect(common.counts).toMatchObject({
      'findings too rare for a class': 2,
      'images without any of the classes': 1,
    });
  });
});

describe('places', () => {
  it('have the area that a raster of them has', () => {
    const draw = seededRandom(8);
    for (let round = 0; round < 50; round++) {
      const places = Array.from({ length: 6 }, () => ({
        x: draw.below(30) - 5,
        y: draw.below(30) - 5,
        width: 1 + draw.below(12),
        height: 1 + draw.below(12),
      }));
      let literal = 0;
      for (let y = 0; y < 25; y++) {
        for (let x = 0; x < 25; x++) {
          if (places.some((p) => x >= p.x && x < p.x + p.width && y >= p.y && y < p.y + p.height)) literal++;
        }
      }
      expect(unionArea(places, { x: 0, y: 0, width: 25, height: 25 })).toBe(literal);
    }
  });
});

describe('stated-class', () => {
  it('names the attributes that there are, or says that there are none', () => {
    const graded = archiveOf([image('one', [], { attributes: { grade: 2 } })]);
    expect(() => reformulate(graded, 'stated-class')).toThrow("got 'class'; made has grade");
    expect(() => reformulate(archiveOf([image('one', [])]), 'stated-class')).toThrow('states a class');
  });
});
