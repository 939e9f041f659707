import { z } from 'zod/mini';
import { inputError } from '../../base/errors.js';
import { checked } from '../../base/json.js';
import { dataset } from '../dataset.js';
import { hashIdentifier } from '../decode/index.js';
import { cocoMask } from '../formats/coco.js';
import { collect, type Draft, problem } from '../formats/collect.js';
import { findFirst, imageFolder, listFiles, readJson } from '../formats/files.js';
import { each } from '../formats/join.js';
import { type Row, readTable } from '../formats/table.js';
import { identifierOptions } from '../privacy.js';
import type { Problem } from '../record.js';

const anyByName = z.record(z.string(), z.unknown());

const names = [
  'Enlarged Cardiomediastinum',
  'Cardiomegaly',
  'Lung Lesion',
  'Airspace Opacity',
  'Edema',
  'Consolidation',
  'Atelectasis',
  'Pneumothorax',
  'Pleural Effusion',
  'Support Devices',
];

/** Names that differ in CheXpert. */
const inChexpert: Readonly<Record<string, string>> = { 'Airspace Opacity': 'Lung Opacity' };

/**
 * Segmentations of CheXpert's validation and test images. A finding with an empty mask is absent. The patient
 * is part of the image's name.
 */
export const chexlocalize = dataset({
  name: 'chexlocalize',
  title: 'CheXlocalize: segmentations on CheXpert',
  modality: 'chest radiography, JPEG',
  source: 'https://stanfordaimi.azurewebsites.net/datasets/23c56a0d-15de-405b-87c8-99c30138950c',
  licence: 'Stanford University dataset research use agreement',
  citation:
    'A. Saporta et al.: Benchmarking saliency methods for chest X-ray interpretation, Nature Machine Intelligence 4:867-878, 2022, DOI 10.1038/s42256-022-00536-x',
  access: 'registration',
  expected: { 'validation images': 234, 'test images': 668 },
  options: identifierOptions,
  defaults: { task: 'multi-label' },
  layout: [
    'CheXlocalize/gt_segmentations_val.json and gt_segmentations_test.json',
    'CheXpert/val/patient00001/study1/view1_frontal.jpg and CheXpert/test/...',
    'CheXpert/val_labels.csv and CheXpert/test_labels.csv (optional: Path and a column for each finding)',
  ],
  obtain:
    'Register at https://stanfordaimi.azurewebsites.net/datasets/23c56a0d-15de-405b-87c8-99c30138950c, accept the agreement and unpack chexlocalize here.',
  async read(root, { salt }, run) {
    const images = await imageFolder(root, await listFiles(root, ['.jpg', '.png']));
    const byName = new Map(images.paths.map((path) => [nameOf(path), path]));
    const problems: Problem[] = [];
    const drafts: Draft[] = [];
    for (const [file, split] of [
      ['val', 'validation'],
      ['test', 'test'],
    ] as const) {
      const name = `gt_segmentations_${file}.json`;
      const path = await findFirst(root, [`CheXlocalize/${name}`, name]);
      if (path === undefined) continue;
      const labels = await readLabels(root, file);
      const entries = Object.entries(await readJson(path, anyByName, 'segmentations by image'));
      const seen = new Set<string>();
      await each(run, `${split} segmentations`, entries, ([key, value], i) => {
        const { id, patient } = identify(key, salt, `${path}: image ${i + 1}`);
        const relative = byName.get(key);
        if (relative === undefined) {
          problems.push(problem(id, 'missing-image', 'image file is missing'));
          return;
        }
        seen.add(key);
        const masks = masksOf(value, `${path}: image ${i + 1}`);
        drafts.push({
          id,
          patient,
          path: images.absolute(relative),
          ...masks.size,
          boxes: [],
          regions: masks.regions,
          findings: labels.get(key) ?? masks.regions.map(({ label }) => label),
          split,
        });
      });
      for (const [key, findings] of labels) {
        // An image without segmentations is annotated only if it has no finding.
        const relative = byName.get(key);
        if (seen.has(key) || relative === undefined) continue;
        const found = { path: images.absolute(relative), boxes: [], regions: [], findings, split };
        drafts.push({
          ...identify(key, salt, name),
          ...found,
          ...(findings.length > 0 ? { annotated: false } : {}),
        });
      }
    }
    if (drafts.length === 0 && problems.length === 0) {
      throw inputError(
        `${root}: CheXlocalize/gt_segmentations_val.json or gt_segmentations_test.json not found`,
      );
    }
    return collect('chexlocalize', names, drafts, problems);
  },
});

function masksOf(value: unknown, where: string) {
  const given = checked(value, anyByName, where);
  const strange = Object.keys(given).find((name) => !names.includes(name));
  if (strange !== undefined)
    throw inputError(`${where}: unknown finding '${strange}'; it takes ${names.join(', ')}`);
  const masks = Object.entries(given).map(([name, mask]) => cocoMask(name, mask, `${where}, ${name}`));
  return {
    size: masks[0]?.size,
    regions: masks.map(({ region }) => region).filter(({ runs }) => runs.length > 0),
  };
}

/** `.../patient1/study1/view1_frontal.jpg` as the segmentation key `patient1_study1_view1_frontal`. */
const nameOf = (path: string): string =>
  path
    .replace(/\.\w+$/, '')
    .split('/')
    .slice(-3)
    .join('_');

function identify(key: string, salt: string, where: string) {
  const [, patient, rest] = /^(patient\d+)_(study\d+_view\d+_\w+)$/.exec(key) ?? [];
  if (patient === undefined)
    throw inputError(`${where}: its name is not of the form patient1_study1_view1_frontal`);
  const hashed = hashIdentifier(salt, patient);
  return { id: `${hashed}-${rest}`, patient: hashed };
}

async function readLabels(root: string, file: string): Promise<Map<string, string[]>> {
  const path = await findFirst(root, [`CheXpert/${file}_labels.csv`, `${file}_labels.csv`]);
  if (path === undefined) return new Map();
  const { rows } = await readTable(path, ['Path'], 'the findings of each image');
  const positive = (row: Row, name: string) => Number(row[inChexpert[name] ?? name] ?? row[name]) === 1;
  return new Map(rows.map((row) => [nameOf(row.Path ?? ''), names.filter((name) => positive(row, name))]));
}
