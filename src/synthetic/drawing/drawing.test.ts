import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../base/files.js';
import { type GivenOptions, integer } from '../../base/options.js';
import { quietly } from '../../base/run.js';
import { allDatasets, loadDataset, openArchive } from '../../benchmark/dataset.js';
import type { Dataset } from '../../data/dataset.js';
import { readDataset } from '../../data/datasets/catalogue.js';
import { temporaryTree } from '../../testing/tree.js';
import { linearSuppressor } from '../suppressor/dataset.js';

const few = { images: 10 };
const folders = async (root: string) => (await readdir(root)).toSorted();

describe('a drawing in a folder', () => {
  const own = { ...linearSuppressor, name: 'own' } as Dataset;
  const withDefault = (seed: number): Dataset => ({
    ...own,
    options: { ...own.options, seed: integer({ doc: '', default: seed }) },
  });
  const firstPath = async (dataset: Dataset | 'linear-suppressor', drawn: string) =>
    (await openArchive({ dataset, datasetOptions: few }, drawn, quietly)).records[0]!.path;

  it('is found again, however its options are given', async () => {
    const drawn = await temporaryTree();
    const path = await firstPath('linear-suppressor', drawn);
    const said = { ...few, seed: 0, c: 0.8 };
    const again = await openArchive({ dataset: 'linear-suppressor', datasetOptions: said }, drawn, quietly);
    expect(again.records[0]!.path).toBe(path);
    expect(await folders(drawn)).toHaveLength(1);
  });

  it('is not found by another default, nor by another version of the generator', async () => {
    const drawn = await temporaryTree();
    const paths = [];
    for (const dataset of [own, withDefault(1), { ...own, version: 2 }])
      paths.push(await firstPath(dataset, drawn));
    expect(new Set(paths).size).toBe(3);
    const [first, other] = await Promise.all(paths.map((path) => readFile(path)));
    expect(first!.equals(other!)).toBe(false);
  });

  it('leaves prepared sets of another default alone', async () => {
    const data = await temporaryTree();
    const tasks = [];
    for (const dataset of [own, withDefault(1)])
      tasks.push(await loadDataset(dataset, { data, datasetOptions: { images: 40 } }));
    expect(tasks[0]!.test[0]!.image.data).not.toEqual(tasks[1]!.test[0]!.image.data);
  });

  it.each(['linear-suppressor', 'phantom'] as const)('of %s by other options is refused', async (name) => {
    const root = await temporaryTree();
    const read = (given: GivenOptions) => readDataset(allDatasets[name], root, given, quietly);
    await read({ images: 4, size: 32 });
    expect((await read({ images: 4, size: 32, seed: 0 })).records).toHaveLength(4);
    await expect(read({ images: 4, size: 32, seed: 1 })).rejects.toThrow(
      /"seed":0.*expected a new.*"seed":1/,
    );
  });

  it('of unknown origin is refused, and left as it is', async () => {
    const root = await temporaryTree({ 'stage_2_train_labels.csv': 'mine' });
    const read = readDataset(allDatasets.phantom, root, few, quietly);
    await expect(read).rejects.toThrow(/holds stage_2_train_labels.csv, but no drawn.json/);
    expect(await folders(root)).toEqual(['stage_2_train_labels.csv']);
  });
});

/** The content of small drawings, by data set and version of its generator. */
const contents: Readonly<Record<string, string>> = {
  'phantom 1': 'c25eae1effbca702',
  'linear-suppressor 1': 'c5b2f5ed26c6a0b3',
  'suppressor-image 1': '0116fce00c357c36',
  'xai-tris 1': 'f16a275aab29ecdf',
  'clinical 1': 'd7b91b1327d102ae',
};

const shapes = ['linear', 'multiplicative', 'translations-rotations', 'xor'];
const variants: Readonly<Record<string, readonly GivenOptions[]>> = {
  phantom: [{ images: 6, size: 64 }],
  'linear-suppressor': [few],
  'suppressor-image': ['correlated', 'white', 'constant'].map((noise) => ({ ...few, noise })),
  'xai-tris': shapes.flatMap((problem) =>
    ['white', 'correlated', 'one-over-f'].flatMap((background) =>
      [8, 32].map((size) => ({ ...few, problem, background, size })),
    ),
  ),
  clinical: [
    few,
    ...['exposure', 'scatter', 'wedge'].map((suppressor) => ({
      ...{ ...few, size: 64, suppressor, confounder: 'marker', distractor: 'tube' },
    })),
  ],
};

it.each(Object.keys(variants))('another drawing of %s has another version', async (name) => {
  const dataset = allDatasets[name as keyof typeof allDatasets];
  const hashes = [];
  for (const given of variants[name]!) {
    const root = await temporaryTree();
    await readDataset(dataset, root, given, quietly);
    const files = (await readdir(root, { recursive: true, withFileTypes: true })).filter((one) =>
      one.isFile(),
    );
    const paths = files.map((file) => join(file.parentPath, file.name)).toSorted();
    for (const path of paths) if (!path.endsWith('drawn.json')) hashes.push(sha256(await readFile(path)));
  }
  expect(sha256(hashes.join()).slice(0, 16)).toBe(contents[`${name} ${dataset.version}`]);
});
