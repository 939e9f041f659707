import { inputError, messageOf } from '../../base/errors.js';
import { choice } from '../../base/options.js';
import { dataset } from '../dataset.js';
import { hashIdentifier } from '../decode/index.js';
import { collect, type Draft, problem } from '../formats/collect.js';
import { firstOf, groupBy, imageFolder } from '../formats/files.js';
import { each } from '../formats/join.js';
import { absoluteRuns, relativeRuns, runsBox } from '../formats/runs.js';
import { readTable } from '../formats/table.js';
import { identifierOptions } from '../privacy.js';
import type { Problem, Region } from '../record.js';

const finding = 'Pneumothorax';
const side = 1024;

const options = {
  ...identifierOptions,
  runs: choice(['relative', 'absolute'], {
    doc: 'Start positions in EncodedPixels: relative to the end of the previous run (as published), or absolute from 1',
    default: 'relative',
  }),
};

/**
 * All radiographs are 1024x1024. Run-length masks are in column-major order. File names are DICOM
 * identifiers, so ids are hashes.
 */
export const siimPneumothorax = dataset({
  name: 'siim-pneumothorax',
  title: 'SIIM-ACR pneumothorax segmentation',
  modality: 'chest radiography, DICOM',
  source: 'https://www.kaggle.com/competitions/siim-acr-pneumothorax-segmentation',
  licence: 'competition rules; non-commercial research and education',
  citation:
    'Society for Imaging Informatics in Medicine, American College of Radiology: SIIM-ACR Pneumothorax Segmentation, 2019',
  access: 'registration',
  expected: { images: 12047, 'images with Pneumothorax': 2669 },
  options,
  defaults: { task: 'presence' },
  layout: [
    'dicom-images-train/<study>/<series>/<ImageId>.dcm with train-rle.csv (ImageId, EncodedPixels)',
    'or stage_2_images/<ImageId>.dcm with stage_2_train.csv',
  ],
  obtain:
    'Join https://www.kaggle.com/competitions/siim-acr-pneumothorax-segmentation and unpack the images and the CSV file here.',
  async read(root, { salt, runs }, run) {
    const path = await firstOf(root, ['train-rle.csv', 'stage_2_train.csv'], 'the masks');
    const table = await readTable(path, ['ImageId', 'EncodedPixels'], 'run-length masks');
    const folders = ['dicom-images-train', 'stage_2_images'];
    const images = await imageFolder(await firstOf(root, folders, 'the DICOM files'));
    const read = runs === 'relative' ? relativeRuns : absoluteRuns;
    const problems: Problem[] = [];
    const groups = [...groupBy(table.rows, (row) => row.ImageId ?? '')];
    const drafts = await each(run, 'masks', groups, ([name, rows]): Draft[] => {
      const id = hashIdentifier(salt, name);
      const found = images.find(`${name}.dcm`);
      if ('problem' in found) {
        problems.push(problem(id, 'missing-image', found.problem));
        return [];
      }
      const regions = rows.flatMap((row): Extract<Region, { kind: 'runs' }>[] => {
        const text = row.EncodedPixels ?? '';
        if (text === '-1' || text === '') return [];
        try {
          return [{ kind: 'runs', label: finding, runs: read(text, side * side), order: 'columns' }];
        } catch (error) {
          throw inputError(`${path}: row ${table.rows.indexOf(row) + 2}: ${messageOf(error)}`, error);
        }
      });
      const boxes = regions.flatMap((region) => runsBox(region, side) ?? []);
      const findings = regions.length > 0 ? [finding] : [];
      return [{ id, patient: id, path: found.path, width: side, height: side, boxes, regions, findings }];
    });
    return collect('siim-pneumothorax', [finding], drafts.flat(), problems);
  },
});
