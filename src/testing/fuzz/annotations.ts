import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { quietly } from '../../base/run.js';
import { readArchive } from '../../data/datasets/catalogue.js';
import { decodeFile } from '../../data/decode/index.js';
import { prepare } from '../../data/prepare/index.js';
import type { FuzzKind } from './kind.js';
import { changedJson } from './text.js';

const images = ['a', 'b', 'c'] as const;

async function drawImages(folder: string): Promise<void> {
  await mkdir(join(folder, 'images'), { recursive: true });
  for (const [i, name] of images.entries())
    await sharp({ create: { width: 16, height: 12, channels: 3, background: { r: 60 * i, g: 90, b: 20 } } })
      .png()
      .toFile(join(folder, 'images', `${name}.png`));
}

/** Reads the annotations of three small images and prepares a task. */
const preparing =
  (format: string, annotations: string): FuzzKind['read'] =>
  async (path) => {
    const root = dirname(path).replace(/\/(voc|labels)$/, '');
    const out = await mkdtemp(join(root, 'out-'));
    try {
      const given = { format, annotations, unlabelled: 'negative' };
      const archive = await readArchive('folder', root, given, quietly);
      const request = { task: 'presence', decode: decodeFile, image: { size: 8 } };
      await prepare(archive, request, join(out, 'set'), quietly);
    } finally {
      await rm(out, { recursive: true, force: true });
    }
  };

const numbers = ['-1', '1e999', '99999999999999999999', '0', '0.5', 'NaN', '""', 'null', '1e-300', '65537'];

const image = { width: 16, height: 12 };

export const coco: FuzzKind = {
  name: 'coco',
  text: true,
  file: 'x.json',
  seeds: async () => [
    Buffer.from(
      JSON.stringify({
        images: images.map((name, id) => ({ id, file_name: `${name}.png`, ...image })),
        categories: [{ id: 1, name: 'x' }],
        annotations: [
          { image_id: 0, category_id: 1, bbox: [1, 2, 3, 4], segmentation: [[0, 0, 9, 0, 9, 9]] },
          { image_id: 1, category_id: 1, segmentation: { size: [12, 16], counts: [6, 5, 181] } },
          { image_id: 2, category_id: 1, segmentation: { size: [12, 16], counts: '65e5' } },
        ],
      }),
    ),
  ],
  dictionary: [
    ...numbers,
    '[',
    ']',
    '{',
    '}',
    ',',
    ':',
    '"size":',
    '"counts":',
    '"bbox":',
    '__proto__',
    '\\u0000',
  ],
  restructure: changedJson,
  surround: drawImages,
  read: preparing('coco', 'x.json'),
};

export const csv: FuzzKind = {
  name: 'csv',
  text: true,
  file: 'x.csv',
  seeds: async () => [
    Buffer.from(
      'image,x,y,width,height,label,patient\na.png,1,2,3,4,x,p\n"b.png",,,,,,q\nc.png,2,2,5,5,"y",r\n',
    ),
    Buffer.from('sep=;\nfile;xmin;ymin;xmax;ymax;class\na.png;1;2;3;4;x\nb.png;1;1;9;9;x\n'),
  ],
  dictionary: [...numbers, '"', ',', ';', '\n', '\r', '\t', '=', 'sep=', 'label', 'image', '__proto__', '\0'],
  surround: drawImages,
  read: preparing('csv', 'x.csv'),
};

const object = (name: string, corners: string) =>
  `<object><name>${name}</name><bndbox><xmin>1</xmin><ymin>2</ymin>${corners}</bndbox></object>`;

export const voc: FuzzKind = {
  name: 'voc',
  text: true,
  file: 'voc/a.xml',
  seeds: async () => [
    Buffer.from(
      `<?xml version="1.0"?><annotation><filename>a.png</filename><size><width>16</width><height>12</height></size>${object('x &lt; y', '<xmax>9</xmax><ymax>8</ymax>')}${object('z', '<xmax>5</xmax><ymax>6</ymax>')}</annotation>`,
    ),
  ],
  dictionary: [
    ...numbers,
    '<',
    '>',
    '</',
    '/>',
    '&',
    '&#0;',
    '<!DOCTYPE',
    '<![CDATA[',
    '<object>',
    '<bndbox>',
    '__proto__',
  ],
  surround: drawImages,
  read: preparing('voc', 'voc'),
};

const classes = { name: 'classes.txt', content: 'x\ny\n' };

export const yolo: FuzzKind = {
  name: 'yolo',
  text: true,
  file: 'labels/a.txt',
  seeds: async () => [Buffer.from('0 0.5 0.5 0.2 0.2\n1 0.1 0.1 0.3 0.1 0.3 0.5\n0 0.5 0.5 0.4 0.4 0.9\n')],
  dictionary: [...numbers, ' ', '\n', '\t', '-', '.', '__proto__'],
  async surround(folder) {
    await drawImages(folder);
    await writeFile(join(folder, classes.name), classes.content);
  },
  read: preparing('yolo', 'labels'),
};

export const yaml: FuzzKind = {
  name: 'yaml',
  text: true,
  file: 'data.yaml',
  seeds: async () => [
    Buffer.from('train: images\nval: images/val\nnc: 2\nnames: ["x", "y"]\n'),
    Buffer.from('names:\n  0: x\n  1: y\ntrain: ../train/images\n'),
  ],
  dictionary: [
    ...numbers,
    ':',
    '- ',
    '[',
    ']',
    '{',
    '}',
    '*a',
    '&a',
    '!!',
    '\n',
    '  ',
    '4294967294',
    '__proto__',
  ],
  async surround(folder) {
    await drawImages(folder);
    await mkdir(join(folder, 'labels'), { recursive: true });
    await writeFile(join(folder, 'labels', 'a.txt'), '0 0.5 0.5 0.2 0.2\n');
  },
  read: preparing('yolo', 'labels'),
};
