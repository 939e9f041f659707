import { join } from 'node:path';
import { z } from 'zod/mini';
import { numbers, word } from '../../base/json.js';
import { dataset } from '../dataset.js';
import { cornerBox } from '../formats/boxes.js';
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
 * 3,578 renamed images of ChestX-ray14. Each finding has a box and a polygon, in pixels of the 1024x1024
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

const images = z.array(
  z.object({
    file_name: word,
    syms: z.array(z.pipe(word, z.enum(findings))),
    boxes: z.array(numbers(4)),
    polygons: z.array(z.array(numbers(2))),
  }),
);

async function readList(path: string): Promise<(Annotated & { readonly findings: readonly string[] })[]> {
  return (await readJson(path, images, what)).map(({ file_name: file, syms, boxes, polygons }) => {
    const problem = `${syms.length} findings, ${boxes.length} boxes, ${polygons.length} polygons`;
    const same = boxes.length === syms.length && polygons.length === syms.length;
    return {
      file,
      width: 1024,
      height: 1024,
      boxes: syms
        .slice(0, boxes.length)
        .map((label, k) => cornerBox(label, boxes[k] as [number, number, number, number])),
      regions: syms
        .slice(0, polygons.length)
        .map((label, k): Region => ({ kind: 'polygon', label, points: pointsOf(polygons[k]!.flat()) ?? [] })),
      faults: same ? [] : [{ kind: 'inconsistent', problem }],
      findings: [...new Set(syms)],
    };
  });
}
