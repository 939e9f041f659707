import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readOptions } from '../base/options.js';
import { dataset } from '../data/dataset.js';
import { imageOptions } from '../data/prepare/index.js';
import { optionsWith } from '../model/training/network.js';
import { phantom } from '../synthetic/phantom/index.js';
import { picture } from '../testing/coco-folder.js';
import { temporaryTree } from '../testing/tree.js';
import { allDatasets, loadDataset, prepareRequest, trainingFor } from './dataset.js';

it('an own data set becomes a task like a registered one', async () => {
  const data = await mkdtemp(join(tmpdir(), 'sightline-set-'));
  const own = dataset({ ...phantom, name: 'mine' });
  const request = { datasetOptions: { images: 12, size: 64 }, image: { size: 16 }, data };
  const [mine, drawn] = await Promise.all([loadDataset(own, request), loadDataset('phantom', request)]);
  expect(mine.test.map(({ id }) => id)).toEqual(drawn.test.map(({ id }) => id));
  await expect(loadDataset(dataset({ ...own, name: 'bccd' }), request)).rejects.toThrow(
    "there is a data set 'bccd' already",
  );
});

it.each([
  [['glioma', 'pituitary'], {}, ['glioma', 'pituitary']],
  [['glioma', 'notumor', 'pituitary'], {}, ['notumor', 'glioma', 'pituitary']],
  [['glioma', 'notumor'], {}, ['no glioma', 'glioma']],
  [['glioma', 'pituitary'], { taskOptions: { finding: 'pituitary' } }, ['no pituitary', 'pituitary']],
])('class folders %j with %j make the task of data prepare', async (folders, asked, classes) => {
  const files = folders.flatMap((folder, i) =>
    [0, 1, 2, 3].map(async (k) => [`in/${folder}/${folder}${k}.png`, await picture(40 * i + k)] as const),
  );
  const root = await temporaryTree(Object.fromEntries(await Promise.all(files)));
  const task = await loadDataset('folder', {
    ...{ root, datasetOptions: { format: 'class-folders', images: 'in' }, image: { size: 32 } },
    ...{ data: join(root, 'made'), ...asked },
  });
  expect(task.classes).toEqual(classes);
});

describe('the defaults of a data set', () => {
  it.each(Object.keys(allDatasets))('of %s are valid image and training options', (dataset) => {
    expect(() => readOptions(imageOptions, prepareRequest({ dataset }).image ?? {}, 'image')).not.toThrow();
    const training = trainingFor(dataset, {});
    const specs = optionsWith(String(training.architecture ?? 'resnet-small'));
    expect(() => readOptions(specs, training, 'training')).not.toThrow();
  });

  it('yield to given options', () => {
    expect(trainingFor('bccd', { epochs: 2 })).toEqual({ ...trainingFor('bccd', {}), epochs: 2 });
    const { image } = prepareRequest({ dataset: 'bccd', task: 'tiles', image: { size: 32 } });
    expect(image).toEqual({ channels: 3, size: 32 });
  });

  it('may apply to one task only', () => {
    expect(prepareRequest({ dataset: 'bccd', task: 'presence' }).image).toEqual({ channels: 3 });
  });

  it('do not apply to another network', () => {
    const other = trainingFor('bccd', { architecture: 'mlp' });
    expect(other).toMatchObject({ architecture: 'mlp', rate: 0.003 });
    expect(Object.keys(other)).not.toContain('width');
    expect(Object.keys(other)).not.toContain('stride');
  });

  it('are an error for an unknown data set', () => {
    expect(() => trainingFor('bcdd', {})).toThrow("unknown data set 'bcdd'; did you mean 'bccd'");
  });
});
