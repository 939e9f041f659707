import { join } from 'node:path';
import { dataset } from '../dataset.js';
import { collect } from '../formats/collect.js';
import { findFirst, firstOf, imageFolder, listFiles, stem } from '../formats/files.js';
import { each, joinImages } from '../formats/join.js';
import { imageSize } from '../formats/size.js';
import { type Row, readTable } from '../formats/table.js';
import { readNames, readYolo } from '../formats/yolo.js';
import { identifierOptions } from '../privacy.js';
import type { Grading } from '../record.js';

/** Neither source states which images share a patient, so each image counts as its own patient. */
export const codras = dataset({
  name: 'codras',
  title: 'CODRAS: lesions of diabetic retinopathy on IDRiD photographs',
  modality: 'fundus photography, RGB',
  source: 'https://github.com/chrisvoncsefalvay/codras',
  licence: 'boxes CC BY-SA 4.0; IDRiD images CC BY 4.0',
  citation:
    'C. von Csefalvay: CODRAS, the COnsolidated Diabetic Retinopathy Assessment Set, 2019; P. Porwal et al.: Indian Diabetic Retinopathy Image Dataset (IDRiD), Data 3(3):25, 2018, DOI 10.3390/data3030025',
  access: 'registration',
  expected: { images: 393, 'images with hard_exudates': 164, 'images without label file': 2 },
  options: identifierOptions,
  defaults: {
    task: 'tiles',
    taskOptions: {
      presence: { finding: 'hard_exudates' },
      tiles: { finding: 'hard_exudates', size: 128, negatives: 'balanced' },
    },
    image: { channels: 3 },
    imageFor: { tiles: { size: 64 } },
    training: {
      epochs: 8,
      rate: 0.003,
      width: 16,
      stride: 2,
      augment: 'flip,rotate,brightness,contrast',
    },
  },
  layout: [
    'images/0002.jpg',
    'labels/0002.txt (YOLO; may lie beside the images instead)',
    'retinal.names (class names)',
    'manifest.csv (optional: columns codras, split, dr_grade, dme)',
  ],
  obtain:
    'Clone https://github.com/chrisvoncsefalvay/codras for labels and retinal.names; register at https://ieee-dataport.org/open-access/indian-diabetic-retinopathy-image-dataset-idrid for the photographs and place them under images/ with the names of the labels.',
  async read(root, _options, run) {
    const names = await readNames(await firstOf(root, ['retinal.names', 'classes.names'], 'the class names'));
    const images = await imageFolder(join(root, 'images'));
    const labels = await firstOf(root, ['labels', 'images'], 'the folder of YOLO labels');
    const rows = await readManifest(root);
    const files = await listFiles(labels, ['.txt']);
    const annotated = await each(run, 'labels', files, async (file) => {
      const found = images.find(stem(file));
      if ('problem' in found) return { file: stem(file), boxes: [], regions: [] };
      const size = await imageSize(found.path, found.relative);
      return { ...(await readYolo(join(labels, file), names, size)), file: stem(file) };
    });
    const { drafts, problems } = joinImages(images, annotated, (file) => {
      const id = stem(file);
      const row = rows.get(id);
      return { id, patient: id, split: splitOf(row), attributes: attributesOf(row) };
    });
    return { ...collect('codras', names, drafts, problems), grading };
  },
});

/**
 * Retinopathy of grade 2 or higher shows lesions, grade 0 shows none (International Clinical Scale, Wilkinson
 * et al. 2003).
 */
const grading: Grading = {
  attribute: 'dr_grade',
  findings: ['hard_exudates', 'haemorrhage'],
  shown: 2,
  bare: 0,
};

async function readManifest(root: string): Promise<Map<string, Row>> {
  const path = await findFirst(root, ['manifest.csv']);
  if (path === undefined) return new Map();
  const { rows } = await readTable(path, ['codras'], 'the manifest of images');
  return new Map(rows.map((row) => [stem(row.codras ?? ''), row]));
}

const splitOf = (row: Row | undefined) =>
  row?.split === 'train' || row?.split === 'test' ? row.split : undefined;

function attributesOf(row: Row | undefined): Record<string, string | number> | undefined {
  if (row === undefined) return undefined;
  const said = ['dr_grade', 'dme', 'idrid'].filter((name) => (row[name] ?? '') !== '');
  return Object.fromEntries(said.map((name) => [name, name === 'idrid' ? row[name]! : Number(row[name])]));
}
