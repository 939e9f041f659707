import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readOptions } from '../base/options.js';
import { dataset } from '../data/dataset.js';
import { imageOptions } from '../data/prepare/index.js';
import { optionsWith } from '../model/training/train.js';
import { phantom } from '../synthetic/phantom/index.js';
import { allDatasets, loadDataset, prepareRequest, trainingFor } from './dataset.js';

it("a data set of one's own becomes a task as a registered one does", async () => {
  const data = await mkdtemp(join(tmpdir(), 'sightline-set-'));
  const own = dataset({ ...phantom, name: 'mine' });
  const request = { datasetOptions: { images: 12, size: 64 }, image: { size: 16 }, data };
  const [mine, drawn] = await Promise.all([loadDataset(own, request), loadDataset('phantom', request)]);
  expect(mine.test.map(({ id }) => id)).toEqual(drawn.test.map(({ id }) => id));
  await expect(loadDataset(dataset({ ...own, name: 'bccd' }), request)).rejects.toThrow(
    "there is a data set 'bccd' already",
  );
});

describe('what suits a data set', () => {
  it.each(Object.keys(allDatasets))('%s: image and training that there are', (dataset) => {
    expect(() => readOptions(imageOptions, prepareRequest({ dataset }).image ?? {}, 'image')).not.toThrow();
    const training = trainingFor(dataset, {});
    const specs = optionsWith(String(training.architecture ?? 'resnet-small'));
    expect(() => readOptions(specs, training, 'training')).not.toThrow();
  });

  it('gives way to what is said', () => {
    expect(trainingFor('bccd', { epochs: 2 })).toEqual({ ...trainingFor('bccd', {}), epochs: 2 });
    const { image } = prepareRequest({ dataset: 'bccd', task: 'tiles', image: { size: 32 } });
    expect(image).toEqual({ channels: 3, size: 32 });
  });

  it('holds for its own task only, where images are tiles', () => {
    expect(prepareRequest({ dataset: 'bccd', task: 'presence' }).image).toEqual({ channels: 3 });
  });

  it('says nothing of a network that it was not made for', () => {
    const other = trainingFor('bccd', { architecture: 'mlp' });
    expect(other).toMatchObject({ architecture: 'mlp', rate: 0.003 });
    expect(Object.keys(other)).not.toContain('width');
    expect(Object.keys(other)).not.toContain('stride');
  });

  it('is unknown of a data set that there is not', () => {
    expect(() => trainingFor('bcdd', {})).toThrow("unknown data set 'bcdd'; did you mean 'bccd'");
  });
});
