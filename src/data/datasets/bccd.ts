import { join } from 'node:path';
import { choice } from '../../base/options.js';
import { dataset } from '../dataset.js';
import { collect, labelsOf } from '../formats/collect.js';
import { firstOf, imageFolder, listFiles, stem } from '../formats/files.js';
import { each, joinImages } from '../formats/join.js';
import { listedIn } from '../formats/split-lists.js';
import { readVoc } from '../formats/voc.js';
import { identifierOptions } from '../privacy.js';

/** Photographs whose fields of view overlap, as `data audit` finds them. */
const overlapping = [
  ...[
    [19, 20],
    [37, 38],
    [40, 41],
    [44, 45],
    [107, 108],
    [160, 161],
    [165, 166, 193],
    [204, 205, 276, 277],
  ],
  ...[
    [206, 278],
    [207, 279],
    [223, 224, 225, 262, 263, 264],
    [226, 261],
    [227, 260],
    [228, 259],
    [229, 258],
  ],
  ...[
    [230, 257],
    [231, 232, 255, 256],
    [233, 254],
    [236, 253],
    [237, 252],
    [239, 240],
    [242, 248, 249],
  ],
  ...[
    [243, 250],
    [244, 247],
    [364, 409],
    [365, 408],
    [377, 400],
    [381, 397],
    [382, 395],
    [384, 393],
  ],
  [386, 391],
];

const nameOf = (number: number) => `BloodImage_${String(number).padStart(5, '0')}`;
const places = new Map(
  overlapping.flatMap((group) => group.map((number) => [nameOf(number), nameOf(group[0]!)] as const)),
);

/** The boxes come from labelImg: corners are continuous coordinates. Two boxes have no area. */
export const bccd = dataset({
  name: 'bccd',
  title: 'BCCD: blood cells on smears',
  modality: 'light microscopy, RGB',
  source: 'https://github.com/Shenggan/BCCD_Dataset',
  licence: 'MIT',
  citation: 'Shenggan, cosmicad, akshaylamba: BCCD Dataset, 2017. https://github.com/Shenggan/BCCD_Dataset',
  access: 'public',
  expected: {
    images: 364,
    'RBC boxes': 4155,
    'WBC boxes': 372,
    'Platelets boxes': 361,
    'degenerate boxes': 2,
  },
  options: {
    ...identifierOptions,
    fields: choice(['together', 'apart'], {
      doc: 'photographs whose fields of view overlap (72 of 364): together counts those as one patient, as nothing tells whose blood is shown, so that no cell is in two splits; apart counts each photograph, as other works do',
      default: 'together',
    }),
  },
  defaults: {
    task: 'tiles',
    taskOptions: {
      presence: { finding: 'Platelets' },
      // Half of the white cells exceed 207 pixels, so smaller tiles would show little context.
      tiles: { finding: 'WBC', size: 320 },
    },
    image: { channels: 3 },
    imageFor: { tiles: { size: 80 } },
    training: {
      epochs: 4,
      rate: 0.003,
      width: 16,
      stride: 2,
      augment: 'flip,rotate',
      classWeights: 'balanced',
    },
  },
  layout: [
    'BCCD/JPEGImages/BloodImage_00000.jpg',
    'BCCD/Annotations/BloodImage_00000.xml',
    'BCCD/ImageSets/Main/{train,val,test}.txt (official split)',
  ],
  files: [
    {
      url: 'https://codeload.github.com/Shenggan/BCCD_Dataset/zip/refs/heads/master',
      path: 'BCCD_Dataset.zip',
      unpack: 'zip',
      strip: 1,
    },
  ],
  async read(root, { fields }, run) {
    const annotations = await firstOf(
      root,
      ['BCCD/Annotations', 'Annotations'],
      'the folder of VOC annotations',
    );
    const folder = join(annotations, '..');
    const files = await listFiles(annotations, ['.xml']);
    const annotated = await each(run, 'annotations', files, async (file) => ({
      ...(await readVoc(join(annotations, file), 'corners')),
      file: `${stem(file)}.jpg`,
    }));
    const images = await imageFolder(join(folder, 'JPEGImages'));
    const splits = await listedIn([folder], images);
    const { drafts, problems } = joinImages(images, annotated, (file) => {
      const id = stem(file);
      return {
        id,
        patient: (fields === 'together' ? places.get(id) : undefined) ?? id,
        split: splits.get(file),
      };
    });
    return collect('bccd', labelsOf(annotated), drafts, problems);
  },
});
