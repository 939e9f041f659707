import { describe, expect, it } from 'vitest';
import type { Annotated } from './collect.js';
import { plainLabels } from './labels.js';

const place = (label: string) => ({ label, x: 1, y: 1, width: 5, height: 5 });
const image = (file: string, labels: readonly string[], findings?: readonly string[]): Annotated => ({
  file,
  boxes: labels.map(place),
  regions: [],
  ...(findings && { findings }),
});
const read = (...images: readonly Annotated[]) => {
  const all = images.flatMap(({ boxes, findings = [] }) => [...boxes.map(({ label }) => label), ...findings]);
  return plainLabels({ labels: [...new Set(all)], images });
};
const labelsOf = ({ images }: ReturnType<typeof read>) =>
  images.map(({ boxes, findings }) => findings ?? boxes.map(({ label }) => label));
const told = ({ images }: ReturnType<typeof read>) =>
  images.flatMap(({ faults = [] }) => faults.map(({ problem }) => problem));

describe('labels', () => {
  it.each([
    ['capital letters', 'Nodule', 'nodule'],
    ['spaces', 'lung  nodule', 'lung nodule'],
    ['underscores', 'lung_nodule', 'lung nodule'],
    ['hyphens', 'lung-nodule', 'lung nodule'],
    ['spaces around', 'nodule ', 'nodule'],
    ['the Unicode form', 'le\u0301sion', 'l\u00e9sion'],
    ['unseen characters', 'nodule\u200b', 'nodule'],
    ['letters that look alike', 'l\u0435sion', 'lesion'],
    ['the width of letters', '\uff2d\uff21\uff33\uff33', 'mass'],
  ])('that differ in %s alone are one, spelled as most are, which is told', (_, odd, usual) => {
    const found = read(image('a', [odd]), image('b', [usual]), image('c', [usual]), image('d', ['other']));
    expect(found.labels).toEqual([usual, 'other']);
    expect(labelsOf(found)).toEqual([[usual], [usual], [usual], ['other']]);
    expect(told(found)).toEqual([`its label '${odd}' is read as '${usual}'`]);
  });

  it('in a list are several, also where none of them is a label by itself', () => {
    const found = read(image('a', ['cyst|mass']), image('b', ['cyst']), image('c', ['disc; cup;']));
    expect(labelsOf(found)).toEqual([['cyst', 'mass'], ['cyst'], ['disc', 'cup']]);
    expect(told(found)).toEqual([
      "its label 'cyst|mass' is read as 'cyst' and 'mass'",
      "its label 'disc; cup;' is read as 'disc' and 'cup'",
    ]);
  });

  it.each(['cyst, mass', 'cyst/mass', 'cyst+mass', 'cyst & mass', 'cyst and mass', 'cyst,mass'])(
    'as in %j are several where each is one elsewhere, and one otherwise',
    (both) => {
      const listed = read(image('a', [both]), image('b', ['cyst']), image('c', ['mass']));
      expect(labelsOf(listed)).toEqual([['cyst', 'mass'], ['cyst'], ['mass']]);
      expect(told(listed)).toEqual([`its label '${both}' is read as 'cyst' and 'mass'`]);
      const twice = read(image('a', [both]), image('b', ['cyst|disc']), image('c', ['mass|disc']));
      expect(labelsOf(twice)[0]!.map((label) => label.toLowerCase())).toEqual(['cyst', 'mass']);
      expect(new Set(labelsOf(twice).flat()).size).toBe(3);
      const single = read(image('a', [both]), image('b', ['cyst']));
      expect(labelsOf(single)).toEqual([[both], ['cyst']]);
    },
  );

  it.each([
    'lung\nnodule',
    'lung\tnodule',
    'lung\r\nnodule',
    'lung\u0007nodule',
    'lung\u2028nodule',
    'lung \u202enodule',
  ])('with breaks, as in %j, are in one line, which is told in one', (odd) => {
    const found = read(image('a', [odd]));
    expect(found.labels).toEqual(['lung nodule']);
    expect(told(found)[0]).toMatch(/^its label '.*' is read as 'lung nodule'$/);
  });

  it.each([`['cyst', 'mass']`, `["cyst","mass"]`, `[ 'cyst' , 'mass' ]`])(
    'in brackets, %s, are several',
    (both) => {
      expect(labelsOf(read(image('a', [both]), image('b', [`['mass']`])))).toEqual([
        ['cyst', 'mass'],
        ['mass'],
      ]);
      expect(labelsOf(read(image('a', ['[cyst]']), image('b', ['x'])))).toEqual([['[cyst]'], ['x']]);
    },
  );

  it('in a list name the findings where one says that there is none', () => {
    const found = read(image('a', ['cyst|No finding']), image('b', ['Normal; healthy']));
    expect(labelsOf(found)).toEqual([['cyst'], ['Normal', 'healthy']]);
  });

  it('that say no to another label are none', () => {
    const found = read(image('a', [], ['no cyst']), image('b', ['cyst']), image('c', ['non-cyst']));
    expect(found.labels).toEqual(['cyst']);
    expect(labelsOf(found)).toEqual([[], ['cyst'], []]);
    expect(labelsOf(read(image('a', ['no perfusion']), image('b', ['cyst'])))).toEqual([
      ['no perfusion'],
      ['cyst'],
    ]);
  });

  it('of faulty places are renamed with the others', () => {
    const fault = { kind: 'degenerate', place: { kind: 'box', label: 'Cyst' }, problem: 'x' } as const;
    const found = read({ ...image('a', []), faults: [fault] }, image('b', ['cyst']), image('c', ['cyst']));
    expect(found.images[0]!.faults![1]).toMatchObject({ place: { label: 'cyst' } });
  });

  it.each([
    ['-1', '1'],
    ['HER2-', 'HER2'],
    ['ER -', 'ER'],
  ])('of another sign are others: %s and %s', (a, b) => {
    expect(labelsOf(read(image('x', [a]), image('y', [b])))).toEqual([[a], [b]]);
  });

  it('that are plain stay as they are', () => {
    const given = { labels: ['b', 'a'], images: [image('x', ['a'])] };
    expect(plainLabels(given)).toBe(given);
  });
});
