import { basename } from 'node:path';
import { inputError } from '../../base/errors.js';
import { dataset } from '../dataset.js';
import { hashIdentifier } from '../decode/index.js';
import { collect, type Draft, problem } from '../formats/collect.js';
import { boxOf } from '../formats/csv-row.js';
import { findFirst, firstOf, groupBy, imageFolder, limits, listFiles, readText } from '../formats/files.js';
import { each } from '../formats/join.js';
import { readTable } from '../formats/table.js';
import { identifierOptions } from '../privacy.js';
import type { Box, Problem, Split } from '../record.js';

const findings = [
  'Atelectasis',
  'Cardiomegaly',
  'Consolidation',
  'Edema',
  'Effusion',
  'Emphysema',
  'Fibrosis',
  'Hernia',
  'Infiltration',
  'Mass',
  'Nodule',
  'Pleural_Thickening',
  'Pneumonia',
  'Pneumothorax',
];

/** Names that differ in the box list. */
const boxNames: Readonly<Record<string, string>> = { Infiltrate: 'Infiltration' };

/**
 * Findings were mined from reports. Fewer than 1 % of the images have boxes; the others are not `annotated`.
 */
export const nihChestXray14 = dataset({
  name: 'nih-chestxray14',
  title: 'NIH ChestX-ray14',
  modality: 'chest radiography, PNG',
  source: 'https://nihcc.app.box.com/v/ChestXray-NIHCC',
  licence: 'free use with attribution to the NIH Clinical Center',
  citation:
    'X. Wang et al.: ChestX-ray8: Hospital-scale Chest X-ray Database and Benchmarks, CVPR 2017, DOI 10.1109/CVPR.2017.369',
  access: 'public',
  expected: { images: 112120, patients: 30805, boxes: 984, 'images with boxes': 880, 'test images': 25596 },
  options: identifierOptions,
  defaults: { task: 'multi-label' },
  layout: [
    'images_001/images/00000001_000.png ... images_012/ (or images/)',
    'Data_Entry_2017.csv or Data_Entry_2017_v2020.csv',
    'BBox_List_2017.csv',
    'train_val_list.txt and test_list.txt (official split)',
  ],
  obtain:
    'Download the twelve images_*.tar.gz, Data_Entry_2017_v2020.csv, BBox_List_2017.csv, train_val_list.txt and test_list.txt from https://nihcc.app.box.com/v/ChestXray-NIHCC and unpack the archives here, each into a folder of its name.',
  async read(root, { salt }, run) {
    const entries = await readTable(
      await firstOf(
        root,
        ['Data_Entry_2017.csv', 'Data_Entry_2017_v2020.csv', 'sample_labels.csv'],
        'the findings of each image',
      ),
      ['Image Index', 'Finding Labels', 'Patient ID'],
      'the findings of each image',
    );
    const boxes = await readBoxes(root);
    const splits = await readSplits(root);
    const images = await imageFolder(root, await listFiles(root, ['.png', '.jpg', '.jpeg']));
    const problems: Problem[] = [];
    const drafts = await each(run, 'entries', entries.rows, (row): Draft[] => {
      const file = row['Image Index'] ?? '';
      const patient = hashIdentifier(salt, row['Patient ID'] ?? '');
      const id = `${patient}-${/_(\d+)\.png$/i.exec(file)?.[1] ?? hashIdentifier(salt, file)}`;
      const found = images.find(file);
      if ('problem' in found) {
        problems.push(problem(id, 'missing-image', found.problem));
        return [];
      }
      const own = boxes.get(file);
      const said = { sex: row['Patient Gender'] ?? row['Patient Sex'], view: row['View Position'] };
      return [
        {
          id,
          patient,
          path: found.path,
          width: 1024,
          height: 1024,
          boxes: own ?? [],
          regions: [],
          findings: findingsOf(row['Finding Labels'] ?? ''),
          split: splits.get(file),
          attributes: Object.fromEntries(
            Object.entries(said).flatMap(([k, v]) => (v ? [[k, v] as const] : [])),
          ),
          ...(own === undefined ? { annotated: false } : {}),
        },
      ];
    });
    return collect('nih-chestxray14', findings, drafts.flat(), problems);
  },
});

function findingsOf(text: string): string[] {
  const names = text.split('|').filter((name) => name !== '' && name !== 'No Finding');
  const strange = names.find((name) => !findings.includes(name));
  if (strange !== undefined) {
    throw inputError(
      `Data_Entry_2017.csv: unknown finding '${strange}'; it takes ${findings.join(', ')}, No Finding`,
    );
  }
  return names;
}

/** The published header `Bbox [x,y,w,h]` parses as the columns `Bbox [x`, `y`, `w`, `h]`. */
async function readBoxes(root: string) {
  const path = await findFirst(root, ['BBox_List_2017.csv']);
  // Kaggle's sample has no box list.
  if (path === undefined && (await findFirst(root, ['sample_labels.csv']))) return new Map<string, Box[]>();
  if (path === undefined) throw inputError(`${root}: BBox_List_2017.csv not found; expected the boxes`);
  const box = ['Bbox [x', 'y', 'w', 'h]'] as const;
  const table = await readTable(path, ['Image Index', 'Finding Label', ...box], 'the boxes');
  const groups = groupBy(table.rows, (row) => row['Image Index'] ?? '');
  return new Map(
    [...groups].map(([file, rows]) => [
      file,
      rows.flatMap((row) => {
        const label = row['Finding Label'] ?? '';
        return boxOf(table, row, boxNames[label] ?? label, { box, form: 'size' }) ?? [];
      }),
    ]),
  );
}

/** The official list `train_val` combines training and validation images; all become `train`. */
async function readSplits(root: string): Promise<Map<string, Split>> {
  const splits = new Map<string, Split>();
  for (const [file, split] of [
    ['train_val_list.txt', 'train'],
    ['test_list.txt', 'test'],
  ] as const) {
    const path = await findFirst(root, [file]);
    if (path === undefined) continue;
    const lines = (await readText(path, 'image names, one a line', limits.labels)).split(/\r?\n/);
    for (const line of lines) if (line.trim() !== '') splits.set(basename(line.trim()), split);
  }
  return splits;
}
