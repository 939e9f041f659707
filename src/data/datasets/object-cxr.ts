import { join } from 'node:path';
import { inputError } from '../../base/errors.js';
import { dataset } from '../dataset.js';
import { cornerBox } from '../formats/boxes.js';
import { type Annotated, collect } from '../formats/collect.js';
import { exists, imageFolder, stem } from '../formats/files.js';
import { joinImages } from '../formats/join.js';
import { boundingBox, ellipse, pointsOf } from '../formats/polygons.js';
import { readTable } from '../formats/table.js';
import { identifierOptions } from '../privacy.js';
import type { Box, Region } from '../record.js';

const finding = 'foreign object';

/**
 * Objects are `0 x1 y1 x2 y2` (rectangle), `1 x1 y1 x2 y2` (inscribed ellipse) or `2 x1 y1 x2 y2 ...`
 * (polygon).
 */
export const objectCxr = dataset({
  name: 'object-cxr',
  title: 'object-CXR: foreign objects on chest radiographs',
  modality: 'chest radiography, JPEG',
  source: 'https://academictorrents.com/details/fdc91f11d7010f7259a05403fc9d00079a09f5d5',
  licence: 'CC BY-NC 4.0',
  citation: 'JF Healthcare: object-CXR, automatic detection of foreign objects on chest X-rays, MIDL 2020',
  access: 'public',
  expected: { 'train images': 8000, 'dev images': 1000 },
  options: identifierOptions,
  defaults: { task: 'presence' },
  layout: ['train/*.jpg with train.csv (image_name or image_path, annotation)', 'dev/*.jpg with dev.csv'],
  obtain:
    'Download train.zip, dev.zip, train.csv and dev.csv from https://academictorrents.com/details/fdc91f11d7010f7259a05403fc9d00079a09f5d5 and unpack the archives here into train/ and dev/.',
  async read(root) {
    const halves = [];
    for (const [folder, split] of [
      ['train', 'train'],
      ['dev', 'validation'],
      ['test', 'test'],
    ] as const) {
      if (folder !== 'train' && !(await exists(join(root, `${folder}.csv`)))) continue;
      const annotated = await readObjects(join(root, `${folder}.csv`));
      const present = new Map(annotated.map((image) => [stem(image.file), image.boxes.length > 0]));
      const images = await imageFolder(join(root, folder));
      halves.push(
        joinImages(images, annotated, (file) => {
          const id = `${folder}-${stem(file)}`;
          const stated = present.get(stem(file));
          const findings = stated === undefined ? undefined : stated ? [finding] : [];
          return { id, patient: id, split, findings };
        }),
      );
    }
    const drafts = halves.flatMap((half) => half.drafts);
    return collect(
      'object-cxr',
      [finding],
      drafts,
      halves.flatMap((half) => half.problems),
    );
  },
});

async function readObjects(path: string): Promise<Annotated[]> {
  const table = await readTable(path, ['annotation'], 'the objects of each image');
  const column = ['image_name', 'image_path'].find((name) => table.columns.includes(name));
  if (column === undefined) {
    throw inputError(`${path}: column 'image_name' is missing; its columns are ${table.columns.join(', ')}`);
  }
  return table.rows.map((row, i) => {
    const shapes = (row.annotation ?? '').split(';').filter((text) => text.trim() !== '');
    const found = shapes.map((text) => shapeOf(text, `${path}, row ${i + 2}`));
    return {
      file: row[column] ?? '',
      boxes: found.map(({ box }) => box),
      regions: found.flatMap(({ region }) => region ?? []),
    };
  });
}

function shapeOf(text: string, where: string): { readonly box: Box; readonly region?: Region } {
  const [type, ...values] = text.trim().split(/\s+/).map(Number);
  const [a, b, c, d] = values;
  if ((type === 0 || type === 1) && values.length === 4 && values.every(Number.isFinite)) {
    const box = cornerBox(finding, [a!, b!, c!, d!]);
    return type === 0 ? { box } : { box, region: ellipse(box) };
  }
  const points = type === 2 ? pointsOf(values) : undefined;
  if (points !== undefined) {
    return { box: boundingBox(finding, points), region: { kind: 'polygon', label: finding, points } };
  }
  const accepted = "'0 x1 y1 x2 y2', '1 x1 y1 x2 y2' or '2 x1 y1 x2 y2 x3 y3 ...'";
  throw inputError(`${where}: '${text.trim().slice(0, 60)}' is no object; it takes ${accepted}`);
}
