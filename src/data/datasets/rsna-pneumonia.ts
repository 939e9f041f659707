import { join } from 'node:path';
import { dataset } from '../dataset.js';
import { hashIdentifier } from '../decode/index.js';
import { collect, type Draft, problem } from '../formats/collect.js';
import { boxOf } from '../formats/csv-row.js';
import { firstOf, groupBy, imageFolder } from '../formats/files.js';
import { each } from '../formats/join.js';
import { readTable } from '../formats/table.js';
import { identifierOptions } from '../privacy.js';
import type { Problem } from '../record.js';

const finding = 'Lung Opacity';

/** All radiographs are 1024x1024, one per patient. File names are patient identifiers, so ids are hashes. */
export const rsnaPneumonia = dataset({
  name: 'rsna-pneumonia',
  title: 'RSNA pneumonia detection challenge',
  modality: 'chest radiography, DICOM',
  source: 'https://www.kaggle.com/competitions/rsna-pneumonia-detection-challenge',
  licence: 'competition rules; non-commercial research and education',
  citation:
    'G. Shih et al.: Augmenting the National Institutes of Health Chest Radiograph Dataset with Expert Annotations of Possible Pneumonia, Radiology: Artificial Intelligence 1(1), 2019, DOI 10.1148/ryai.2019180041',
  access: 'registration',
  expected: { images: 26684, 'images with Lung Opacity': 6012, boxes: 9555 },
  options: identifierOptions,
  defaults: { task: 'presence' },
  layout: [
    'stage_2_train_images/<patientId>.dcm',
    'stage_2_train_labels.csv (patientId, x, y, width, height, Target)',
    'stage_2_detailed_class_info.csv (patientId, class)',
  ],
  obtain:
    'Join https://www.kaggle.com/competitions/rsna-pneumonia-detection-challenge, download all and unpack it here, so that stage_2_train_images/ and both CSV files lie beside each other.',
  async read(root, { salt }, run) {
    const labels = await readTable(
      join(root, 'stage_2_train_labels.csv'),
      ['patientId', 'x', 'y', 'width', 'height', 'Target'],
      'the boxes of the training images',
    );
    const details = await readTable(
      join(root, 'stage_2_detailed_class_info.csv'),
      ['patientId', 'class'],
      'the class of each training image',
    );
    const classes = new Map(details.rows.map((row) => [row.patientId, row.class ?? '']));
    const images = await imageFolder(await firstOf(root, ['stage_2_train_images'], 'the DICOM files'));
    const problems: Problem[] = [];
    const groups = [...groupBy(labels.rows, (row) => row.patientId ?? '')];
    const drafts = await each(run, 'labels', groups, ([name, rows]): Draft[] => {
      const id = hashIdentifier(salt, name);
      const found = images.find(`${name}.dcm`);
      if ('problem' in found) {
        problems.push(problem(id, 'missing-image', found.problem));
        return [];
      }
      const form = { box: ['x', 'y', 'width', 'height'], form: 'size' } as const;
      const boxes = rows.flatMap((row) => boxOf(labels, row, finding, form) ?? []);
      const positive = rows.some((row) => Number(row.Target) === 1);
      const stated = classes.get(name);
      const faults =
        stated === undefined || (stated === finding) === positive
          ? []
          : [
              {
                kind: 'inconsistent',
                problem: `Target and class '${stated}' contradict each other`,
              } as const,
            ];
      return [
        {
          id,
          patient: id,
          path: found.path,
          width: 1024,
          height: 1024,
          boxes,
          regions: [],
          findings: positive ? [finding] : [],
          attributes: stated === undefined ? undefined : { class: stated },
          faults,
        },
      ];
    });
    return collect('rsna-pneumonia', [finding], drafts.flat(), problems);
  },
});
