import { join } from 'node:path';
import { inputError } from '../../base/errors.js';
import { dataset } from '../dataset.js';
import { cornerBox } from '../formats/boxes.js';
import { fields, items, numbers, word } from '../formats/checks.js';
import { type Annotated, collect } from '../formats/collect.js';
import { firstOf, imageFolder, readJson, stem } from '../formats/files.js';
import { joinImages } from '../formats/join.js';
import { pointsOf } from '../formats/polygons.js';
import { identifierOptions } from '../privacy.js';
import type { Region } from '../record.js';

const findings = [
  'Atelectasis',
  'Calcification',
  'Cardiomegaly',
  'Consolidation',
  'Diffuse Nodule',
  'Effusion',
  'Emphysema',
  'Fibrosis',
  'Fracture',
  'Mass',
  'Nodule',
  'Pleural Thickening',
  'Pneumothorax',
];

const what = 'a list of images with syms, boxes and polygons (JSON)';

/**
 * 3,578 images of ChestX-ray14, renamed; every finding has a box and a polygon, in pixels of the 1024x1024
 * images.
 */
export const chestxDet = dataset({
  name: 'chestx-det',
  title: 'ChestX-Det: thirteen findings as polygons',
  modality: 'chest radiography, PNG',
  source: 'https://github.com/Deepwise-AILab/ChestX-Det-Dataset',
  licence: 'images as ChestX-ray14; annotations Apache 2.0',
  citation:
    'J. Lian et al.: A Structure-Aware Relation Network for Thoracic Diseases Detection and Segmentation, IEEE TMI 40(8), 2021, DOI 10.1109/TMI.2021.3070847',
  access: 'public',
  expected: { images: 3578, 'train images': 3025, 'test images': 553 },
  options: identifierOptions,
  defaults: { task: 'multi-label' },
  layout: [
    'train_data/*.png and test_data/*.png (or train/ and test/)',
    'ChestX_Det_train.json and ChestX_Det_test.json',
  ],
  files: [
    {
      url: 'http://resource.deepwise.com/ChestX-Det/train_data.zip',
      path: 'train_data.zip',
      sha256: '413f74a03383280e2d63f6215c8eb581aa386cfec323fb4148f0916d2f5f2900',
      unpack: 'zip',
    },
    {
      url: 'http://resource.deepwise.com/ChestX-Det/test_data.zip',
      path: 'test_data.zip',
      sha256: 'c52677d1e4043bf425bc997d62db2a780f6260ea1d67ad37c65fe3b2ffdef14f',
      unpack: 'zip',
    },
    ...['train', 'test'].map((split) => ({
      url: `https://raw.githubusercontent.com/Deepwise-AILab/ChestX-Det-Dataset/main/ChestX_Det_${split}.json`,
      path: `ChestX_Det_${split}.json`,
    })),
  ],
  async read(root) {
    const halves = await Promise.all(
      (['train', 'test'] as const).map(async (split) => {
        const annotated = await readList(join(root, `ChestX_Det_${split}.json`));
        const images = await imageFolder(
          await firstOf(root, [`${split}_data`, split], `the ${split} images`),
        );
        const said = new Map(annotated.map((image) => [stem(image.file), image.findings]));
        return joinImages(images, annotated, (file) => {
          const id = stem(file);
          return { id, patient: id, split, findings: said.get(id) };
        });
      }),
    );
    const drafts = halves.flatMap((half) => half.drafts);
    return collect(
      'chestx-det',
      findings,
      drafts,
      halves.flatMap((half) => half.problems),
    );
  },
});

async function readList(path: string): Promise<(Annotated & { readonly findings: readonly string[] })[]> {
  return items(await readJson(path, what), path).map((item, i) => {
    const where = `${path}: [${i}]`;
    const image = fields(item, where);
    const labels = items(image.syms, `${where}.syms`).map((name, k) =>
      findingOf(name, `${where}.syms[${k}]`),
    );
    const corners = items(image.boxes, `${where}.boxes`);
    const outlines = items(image.polygons, `${where}.polygons`);
    const file = word(image.file_name, `${where}.file_name`);
    const faults =
      corners.length === labels.length && outlines.length === labels.length
        ? []
        : [
            {
              kind: 'inconsistent',
              problem: `${labels.length} findings, ${corners.length} boxes, ${outlines.length} polygons`,
            } as const,
          ];
    const boxes = labels.slice(0, corners.length).map((label, k) => {
      const [left, top, right, bottom] = numbers(corners[k], `${where}.boxes[${k}]`, 4);
      return cornerBox(label, [left!, top!, right!, bottom!]);
    });
    const regions = labels.slice(0, outlines.length).map((label, k): Region => {
      const flat = items(outlines[k], `${where}.polygons[${k}]`).flatMap((point) =>
        numbers(point, `${where}.polygons[${k}]`, 2),
      );
      return { kind: 'polygon', label, points: pointsOf(flat) ?? [] };
    });
    return { file, width: 1024, height: 1024, boxes, regions, faults, findings: [...new Set(labels)] };
  });
}

function findingOf(value: unknown, where: string): string {
  const name = word(value, where);
  if (findings.includes(name)) return name;
  throw inputError(`${where}: unknown finding '${name}'; it takes ${findings.join(', ')}`);
}
