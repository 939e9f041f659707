import { expect, it } from 'vitest';
import { brief, read } from '../../testing/archive.js';

const given = { format: 'class-folders', images: '.', ids: 'files' };

/** What is read of empty files at these paths: findings by id. */
async function found(paths: readonly string[], options: Readonly<Record<string, unknown>> = {}) {
  const files = Object.fromEntries(paths.map((path) => [path, '']));
  const archive = await read('folder', files, { ...given, ...options });
  const told = archive.records.map(({ id, findings, annotated, split }) => [
    id,
    annotated === false ? 'untold' : (findings ?? []).join(),
    split,
  ]);
  return { archive, told };
}

it.each<[string, string[], (string | undefined)[][]]>([
  [
    'below splits',
    ['train/NORMAL/a.jpeg', 'train/PNEUMONIA/b.jpeg', 'test/NORMAL/a.jpeg', 'test/Pneumonia/b.jpeg'],
    [
      ['test-NORMAL-a', '', 'test'],
      ['test-Pneumonia-b', 'PNEUMONIA', 'test'],
      ['train-NORMAL-a', '', 'train'],
      ['train-PNEUMONIA-b', 'PNEUMONIA', 'train'],
    ],
  ],
  [
    'below one folder and above folders of images and masks',
    ['set/COVID/images/a-1.png', 'set/COVID/masks/a-1.png', 'set/Normal/images/n-1.png', 'set/readme.txt'],
    [
      ['set-COVID-images-a-1', 'COVID', undefined],
      ['set-Normal-images-n-1', '', undefined],
    ],
  ],
  [
    'with masks beside the images',
    ['benign/b (1).png', 'benign/b (1)_mask.png', 'malignant/m (1).png', 'normal/n (1).png'],
    [
      ['benign-b (1)', 'benign', undefined],
      ['malignant-m (1)', 'malignant', undefined],
      ['normal-n (1)', '', undefined],
    ],
  ],
  [
    'of yes and no',
    ['0/a.png', '1/b.png'],
    [
      ['0-a', '', undefined],
      ['1-b', 'finding', undefined],
    ],
  ],
  [
    'that mean nothing in words of several sets',
    ['glioma/a.jpg', 'notumor/b.jpg', 'NonDemented/c.jpg', 'No_DR/d.jpg', 'Uninfected/e.jpg'],
    [
      ['No_DR-d', '', undefined],
      ['NonDemented-c', '', undefined],
      ['Uninfected-e', '', undefined],
      ['glioma-a', 'glioma', undefined],
      ['notumor-b', '', undefined],
    ],
  ],
])('reads class folders %s', async (_name, paths, wanted) => {
  const { archive, told } = await found(paths);
  expect(told).toEqual(wanted);
  expect(archive.problems.filter(({ kind = '' }) => !['mended', 'unused-masks'].includes(kind))).toEqual([]);
});

it('tells of images without a class', async () => {
  const { archive, told } = await found(['cyst/a.png', 'normal/b.png', 'unknown/c.png', 'd.png']);
  expect(told.map(([id, said]) => [id, said])).toEqual([
    ['cyst-a', 'cyst'],
    ['d', 'untold'],
    ['normal-b', ''],
    ['unknown-c', 'untold'],
  ]);
  expect(brief(archive).map(([, kind]) => kind)).toEqual(['missing-annotation', 'missing-annotation']);
  expect(archive.problems.map(({ problem }) => problem)).toEqual([
    'it is in no class folder: it counts as not annotated',
    'nobody knows its class: it counts as not annotated',
  ]);
});

it('takes the folder of the class from an expression, beside that of the patient', async () => {
  const paths = ['8863/0/a.png', '8863/1/b.png', '9021/0/c.png'];
  await expect(found(paths)).rejects.toThrow(
    /two folders may name the class of 8863.0.a.png \(8863 and 0\); option class says which does/,
  );
  const { archive } = await found(paths, { class: '([^/]+)/[^/]+$', patient: '^([^/]+)/' });
  expect(archive.records.map(({ findings = [] }) => findings.join())).toEqual(['', 'finding', '']);
  const [a, b, c] = archive.records.map(({ patient }) => patient);
  expect([a === b, b === c]).toEqual([true, false]);
});

it.each<[string, string[], Readonly<Record<string, unknown>>, RegExp]>([
  ['images in no folder', ['a.png', 'b.png'], {}, /its images are all in one folder; expected a folder for/],
  ['one class', ['cyst/a.png', 'cyst/b.png'], {}, /its images are all in one folder; expected a folder for/],
  ['one class, and images beside it', ['cyst/a.png', 'b.png'], {}, /in one class folder, cyst; expected/],
  ['grades', ['0/a.png', '1/b.png', '2/c.png'], {}, /numbers \(0, 1, 2\), which do not say what is found/],
  ['an expression that finds nothing', ['a/b.png'], { class: 'x(y)' }, /'class' .* matches none of 1/],
  ['no expression', ['a/b.png'], { class: '(' }, /'class' of folder got '\('; it takes a regular expression/],
])('refuses %s', async (_name, paths, options, message) => {
  await expect(found(paths, options)).rejects.toThrow(message);
});

it.each<[string, string[], Readonly<Record<string, unknown>>, string | undefined]>([
  ['of one name', ['train/NORMAL/a.png', 'test/NORMAL/b.png', 'cyst/c.png'], {}, 'NORMAL'],
  ['of words', ['No finding/a.png', 'cyst/b.png', 'mass/c.png'], {}, 'No finding'],
  ['of two names', ['Normal/a.png', 'healthy/b.png', 'cyst/c.png'], {}, undefined],
  ['and one named after a class', ['normal/a.png', 'no_cyst/b.png', 'cyst/c.png'], {}, undefined],
  ['of an answer', ['no/a.png', 'yes/b.png'], {}, undefined],
  ['and others taken for it', ['normal/a.png', 'cyst/b.png', 'c.png'], { unlabelled: 'negative' }, undefined],
  ['of no such name', ['cyst/a.png', 'mass/b.png'], {}, undefined],
])('keeps the name of a folder without finding %s', async (_name, paths, options, name) => {
  const { archive } = await found(paths, options);
  expect(archive.nothing).toBe(name);
});
