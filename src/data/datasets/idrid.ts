import { resolve } from 'node:path';
import { inputError } from '../../base/errors.js';
import { dataset } from '../dataset.js';
import { collect, type Draft, problem } from '../formats/collect.js';
import { groupBy, listFiles, stem } from '../formats/files.js';
import { identifierOptions } from '../privacy.js';
import type { Region } from '../record.js';

const lesions: Readonly<Record<string, string>> = {
  MA: 'microaneurysms',
  HE: 'haemorrhages',
  EX: 'hard exudates',
  SE: 'soft exudates',
  OD: 'optic disc',
};

/**
 * The official split is by number: 1 to 54 train, 55 to 81 test. The findings of an image are those with a
 * mask.
 */
export const idrid = dataset({
  name: 'idrid',
  title: 'IDRiD: lesion and optic disc masks',
  modality: 'fundus photography, RGB',
  source: 'https://ieee-dataport.org/open-access/indian-diabetic-retinopathy-image-dataset-idrid',
  licence: 'CC BY 4.0',
  citation:
    'P. Porwal et al.: Indian Diabetic Retinopathy Image Dataset (IDRiD), Data 3(3):25, 2018, DOI 10.3390/data3030025',
  access: 'registration',
  expected: { images: 81, 'train images': 54, 'test images': 27 },
  options: identifierOptions,
  defaults: {
    task: 'tiles',
    taskOptions: {
      presence: { finding: 'soft exudates' },
      tiles: { finding: 'hard exudates', size: 96, extent: 0.01, negatives: 'ratio', ratio: 1 },
    },
    image: { channels: 3 },
    imageFor: { tiles: { size: 64 } },
    training: {
      epochs: 8,
      rate: 0.003,
      width: 16,
      stride: 2,
      augment: 'flip,rotate',
      classWeights: 'balanced',
    },
  },
  layout: [
    'A. Segmentation/1. Original Images/{a. Training Set,b. Testing Set}/IDRiD_01.jpg',
    'A. Segmentation/2. All Segmentation Groundtruths/{a. Training Set,b. Testing Set}/1. Microaneurysms/IDRiD_01_MA.tif',
    'or images/IDRiD_01.jpg with masks/MA/IDRiD_01_MA.png; masks are named _MA, _HE, _EX, _SE, _OD',
  ],
  obtain:
    'Register at https://ieee-dataport.org/open-access/indian-diabetic-retinopathy-image-dataset-idrid, download "A. Segmentation.zip" and unpack it here.',
  async read(root) {
    const files = await listFiles(root, ['.jpg', '.jpeg', '.png', '.tif', '.tiff']);
    const images = files.filter((path) => /^IDRiD_\d\d$/.test(stem(path)));
    const masks = files.filter((path) => /^IDRiD_\d\d_(MA|HE|EX|SE|OD)$/.test(stem(path)));
    if (images.length === 0) throw inputError(`${root}: an image, IDRiD_01.jpg or alike, not found below it`);
    if (masks.length === 0) throw inputError(`${root}: a mask, IDRiD_01_MA.tif or alike, not found below it`);
    const known = new Set(images.map(stem));
    const byImage = groupBy(masks, (path) => stem(path).slice(0, 8));
    const drafts = images.map((path): Draft => {
      const id = stem(path);
      const regions = (byImage.get(id) ?? []).map((mask): Region => {
        return { kind: 'file', label: lesions[stem(mask).slice(9)]!, path: resolve(root, mask) };
      });
      const present = new Set(regions.map(({ label }) => label));
      const findings = Object.values(lesions).filter((label) => present.has(label));
      const split = Number(id.slice(6)) <= 54 ? 'train' : 'test';
      return { id, patient: id, path: resolve(root, path), boxes: [], regions, findings, split };
    });
    const problems = [...byImage.keys()]
      .filter((id) => !known.has(id))
      .map((id) => problem(id, 'missing-image', 'has masks, but its image is missing'));
    return collect('idrid', Object.values(lesions), drafts, problems);
  },
});
