import { describe, expect, it } from 'vitest';
import { archiveOf, box, image } from '../../testing/made-archive.js';
import { reformulate } from './index.js';

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

describe('stated-class', () => {
  it('names the attributes that there are, or says that there are none', () => {
    const graded = archiveOf([image('one', [], { attributes: { grade: 2 } })]);
    expect(() => reformulate(graded, 'stated-class')).toThrow("got 'class'; made has grade");
    expect(() => reformulate(archiveOf([image('one', [])]), 'stated-class')).toThrow('states a class');
  });
});
