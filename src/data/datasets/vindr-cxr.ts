import { inputError } from '../../base/errors.js';
import { choice, number } from '../../base/options.js';
import type { RunContext } from '../../base/run.js';
import { dataset } from '../dataset.js';
import { collect, type Draft, problem } from '../formats/collect.js';
import { boxOf } from '../formats/csv-row.js';
import { findFirst, firstOf, groupBy, imageFolder } from '../formats/files.js';
import { each } from '../formats/join.js';
import { type Row, readTable } from '../formats/table.js';
import { consensus, consensusRules } from '../geometry/consensus.js';
import { identifierOptions } from '../privacy.js';
import type { Box, Problem } from '../record.js';

const none = 'No finding';
const options = {
  ...identifierOptions,
  consensus: choice(consensusRules, {
    doc: 'Rule to merge the boxes of several readers. Image findings are those of any reader, or with majority those of more than half',
    default: 'weighted-box-fusion',
  }),
  overlap: number({ doc: 'Intersection over union above which boxes agree', default: 0.55, min: 0, max: 1 }),
  confidence: number({
    doc: 'weighted-box-fusion: minimum share of readers of a box',
    default: 0,
    min: 0,
    max: 1,
  }),
};
type Values = { readonly [K in keyof typeof options]: (typeof options)[K]['default'] };

/**
 * Three of 17 radiologists read each training image. Test images have a consensus of five readers and no
 * reader column.
 */
export const vindrCxr = dataset({
  name: 'vindr-cxr',
  title: 'VinDr-CXR',
  modality: 'chest radiography, DICOM',
  source: 'https://physionet.org/content/vindr-cxr/1.0.0/',
  licence: 'PhysioNet Credentialed Health Data License 1.5.0',
  citation:
    'H. Q. Nguyen et al.: VinDr-CXR: An open dataset of chest X-rays with radiologist annotations, Scientific Data 9:429, 2022, DOI 10.1038/s41597-022-01498-w',
  access: 'registration',
  expected: { images: 18000, 'train images': 15000, 'test images': 3000 },
  options,
  defaults: { task: 'multi-label' },
  layout: [
    'train/<image_id>.dicom and test/<image_id>.dicom',
    'annotations/annotations_train.csv, annotations_test.csv (class_name, x_min, y_min, x_max, y_max, rad_id)',
    'annotations/image_labels_train.csv, image_labels_test.csv (a column of 0 and 1 for each finding)',
  ],
  obtain:
    'Become a credentialed user at https://physionet.org/content/vindr-cxr/1.0.0/, sign its data use agreement and place train/, test/ and annotations/ here.',
  async read(root, given, run) {
    const parts: ('train' | 'test')[] = [];
    for (const part of ['train', 'test'] as const) {
      if ((await tableOf(root, part)) && (await findFirst(root, [part]))) parts.push(part);
    }
    if (parts.length === 0) {
      throw inputError(
        `${root}: train/ with annotations_train.csv, or with train.csv as on Kaggle, not found; expected images and annotations`,
      );
    }
    const halves = [];
    for (const part of parts) halves.push(await readHalf(root, part, given, run));
    const labels = [...new Set(halves.flatMap((half) => half.labels))].sort();
    const drafts = halves.flatMap((half) => half.drafts);
    return collect(
      'vindr-cxr',
      labels,
      drafts,
      halves.flatMap((half) => half.problems),
    );
  },
});

/** The box table of a split, as published or as on Kaggle, which has boxes of the training split only. */
const tableOf = (root: string, split: 'train' | 'test'): Promise<string | undefined> =>
  findFirst(root, [
    ...[`annotations/annotations_${split}.csv`, `annotations_${split}.csv`],
    ...(split === 'train' ? ['train.csv'] : []),
  ]);

async function readHalf(root: string, split: 'train' | 'test', given: Values, run: RunContext) {
  const images = await imageFolder(await firstOf(root, [split], 'the DICOM files'));
  const corners = ['x_min', 'y_min', 'x_max', 'y_max'] as const;
  const table = await readTable(
    (await tableOf(root, split))!,
    ['image_id', 'class_name', ...corners],
    'annotations',
  );
  const list = await findFirst(root, [`annotations/image_labels_${split}.csv`, `image_labels_${split}.csv`]);
  const stated = list ? await readTable(list, ['image_id'], 'annotations') : { columns: [], rows: [] };
  const names = stated.columns.filter((column) => column !== 'image_id' && column !== 'rad_id');
  const findingsById = groupBy(stated.rows, (row) => row.image_id ?? '');
  const problems: Problem[] = [];
  const groups = [...groupBy(table.rows, (row) => row.image_id ?? '')];
  const drafts = await each(run, `${split} annotations`, groups, ([id, rows]): Draft[] => {
    const found = images.find(id);
    if ('problem' in found) {
      problems.push(problem(id, 'missing-image', found.problem));
      return [];
    }
    const boxes = rows.flatMap((row): Box[] => {
      const label = row.class_name ?? '';
      if (label === none) return [];
      const box = boxOf(table, row, label, { box: corners, form: 'corners' });
      return box === undefined ? [] : [row.rad_id ? { ...box, reader: row.rad_id } : box];
    });
    const said = findingsById.get(id) ?? [];
    const readers = new Set([...rows, ...said].map((row) => row.rad_id ?? '')).size;
    // Boxes without a reader are already a consensus.
    const rule = {
      rule: boxes.some((box) => box.reader) ? given.consensus : 'all',
      overlap: given.overlap,
      confidence: given.confidence,
      readers,
    };
    const findings = said.length > 0 ? agreed(said, names, given) : undefined;
    // Degenerate boxes bypass the consensus, so that `collect` reports them.
    const usable = boxes.filter((box) => box.width > 0 && box.height > 0);
    const rest = boxes.filter((box) => !usable.includes(box));
    const merged = [...consensus(usable, rule), ...rest];
    return [{ id, patient: id, path: found.path, boxes: merged, regions: [], findings, split }];
  });
  const used = table.rows.flatMap((row) =>
    row.class_name && row.class_name !== none ? [row.class_name] : [],
  );
  const labels = [...names.filter((name) => name !== none), ...used];
  return { drafts: drafts.flat(), problems, labels };
}

function agreed(rows: readonly Row[], names: readonly string[], { consensus: rule }: Values): string[] {
  const share = rule === 'majority' ? 0.5 : 0;
  return names.filter((name) => {
    const votes = rows.filter((row) => Number(row[name]) === 1).length;
    return name !== none && votes / rows.length > share;
  });
}
