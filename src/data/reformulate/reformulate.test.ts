import { describe, expect, it } from 'vitest';
import { type GivenOptions, readOptions } from '../../base/options.js';
import { permutation, seededRandom } from '../../base/random.js';
import { archiveOf, box, image, labelsOf } from '../../testing/made-archive.js';
import type { Rectangle } from '../geometry/frame.js';
import type { ImageRecord } from '../record.js';
import { reformulate, reformulationOf, reformulations } from './index.js';

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
      'images without any finding, taken as negatives': 1,
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

  it('asks which of several findings is meant where every image shows one', () => {
    const kinds = ['benign', 'malignant'].map((kind, i) => image(`k${i}`, [], { findings: [kind] }));
    const made = (...more: readonly ImageRecord[]) => archiveOf([...kinds, ...more], ['benign', 'malignant']);
    const asked = () => reformulate(made(), 'presence');
    expect(asked).toThrow(/one of benign, malignant in each image: option finding says which/);
    expect(asked).toThrow(/finding=benign, or another\); task dominant tells them all apart/);
    expect(reformulate(made(), 'presence', { finding: 'malignant' }).recipes).toHaveLength(2);
    const others = [image('n', [], { findings: [] }), image('u', [], { annotated: false })];
    expect(() => reformulate(made(others[1]!), 'presence')).toThrow(/in each image/);
    expect(() => reformulate(made(...others), 'presence')).toThrow(/in each image/);
    const placed = image('p', [box('benign', 1, 1, 5, 5)]);
    expect(reformulate(made(...others, placed), 'presence').classes[1]).toBe('benign');
    const normal = [image('x', [], { findings: ['Normal'] }), image('y', [], { findings: ['cyst'] })];
    expect(reformulate(archiveOf(normal, ['Normal', 'cyst']), 'presence').classes[1]).toBe('cyst');
  });

  it('takes findings whose names hold commas from a list', () => {
    const names = ['mass', 'opacity, lung', 'opacity'];
    const shown = names.map((name, i) => image(`c${i}`, [], { findings: [name] }));
    const classesOf = (findings: string) =>
      reformulate(archiveOf(shown, names), 'multi-label', { findings }).classes;
    expect(classesOf('opacity, lung,mass')).toEqual(['opacity, lung', 'mass']);
    expect(classesOf('mass, opacity')).toEqual(['mass', 'opacity']);
    expect(() => classesOf('mass,lung')).toThrow(/'lung'/);
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
    expect(made.counts['images left out: nobody said what they show']).toBe(1);
    expect(made.recipes.every(({ record }) => record.id === 'seen')).toBe(true);
  },
);

it.each(['presence', 'multi-label', 'severity', 'dominant'])(
  '%s takes no image with something unknown for one without the finding',
  (name) => {
    const archive = archiveOf([
      image('seen', [box('a', 2, 2, 60, 60)]),
      image('both', [box('a', 2, 2, 60, 60), box('unknown', 70, 50, 20, 20)]),
      image('unknown', [box('Unknown', 2, 2, 60, 60)]),
    ]);
    const made = reformulate(
      archive,
      name,
      name === 'presence' || name === 'severity' ? {} : { findings: 'a' },
    );
    expect(made.counts['images left out: nobody said what they show']).toBe(1);
    expect(made.recipes.map(({ record }) => record.id)).toEqual(['seen', 'both']);
  },
);

it('counts images that are smaller than a tile', () => {
  const archive = archiveOf([image('whole', [box('a', 2, 2, 60, 60)])]);
  const count = (size: number) =>
    reformulate(archive, 'tiles', { size, tissue: 0 }).counts[
      'images smaller than a tile, whose tiles end with them'
    ];
  expect([count(32), count(4096)]).toEqual([undefined, 1]);
});

it('takes no tile with something unknown for a negative', () => {
  const archive = archiveOf([image('both', [box('a', 2, 2, 20, 20), box('unknown', 70, 50, 20, 20)])]);
  const made = reformulate(archive, 'tiles', { size: 32, overlap: 0, tissue: 0 });
  expect(made.counts['negative tiles left out: nobody said what they show']).toBeGreaterThan(0);
  for (const { crop, labels } of made.recipes.filter(({ labels: [label] }) => label === 0))
    expect([crop!.x + crop!.width > 70 && crop!.y + crop!.height > 50, labels]).toEqual([false, [0]]);
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

  it('calls images without any finding as the data set does', () => {
    const one = (name: string) => image(name, [], { findings: [name] });
    const images = [one('a'), one('b'), image('n', [], { findings: [] })];
    const archive = { ...archiveOf(images), nothing: 'normal' };
    const made = (options: object) => reformulate(archive, 'dominant', { none: 'class', ...options });
    expect(labelsOf(made({}))).toEqual({ a: 'a', b: 'b', n: 'normal' });
    expect(labelsOf(made({ findings: 'a' }))).toEqual({ a: 'a', b: 'none', n: 'none' });
    expect(made({ none: 'drop' }).classes).not.toContain('normal');
  });

  it('counts the outlines of one annotation as one', () => {
    const outline = (label: string, x: number) => ({
      ...({ kind: 'polygon', label } as const),
      points: [
        [x, 0],
        [x + 4, 0],
        [x + 4, 4],
      ] as const,
    });
    const part = { ...outline('b', 20), part: true } as const;
    const regions = [
      outline('a', 0),
      outline('a', 10),
      outline('b', 30),
      part,
      { ...part, ...outline('b', 40) },
    ];
    const made = reformulate(archiveOf([image('i', [], { regions })]), 'dominant', { by: 'count' });
    expect(labelsOf(made)).toEqual({ i: 'a' });
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
