import type { Box } from '../record.js';

/** A box and how sure it is. */
export interface ScoredBox extends Omit<Box, 'label' | 'reader'> {
  readonly score: number;
}

/** The boxes of one image, to be written in a format of annotations. */
export interface ImageBoxes {
  /** The image's file name. */
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly ScoredBox[];
}

/** Boxes of one class as COCO JSON (Lin et al. 2014, arXiv 1405.0312), each with its score. */
export function cocoText(images: readonly ImageBoxes[], label: string): string {
  let id = 0;
  return JSON.stringify({
    images: images.map(({ file, width, height }, i) => ({ id: i + 1, file_name: file, width, height })),
    annotations: images.flatMap(({ boxes }, i) =>
      boxes.map(({ x, y, width, height, score }) => ({
        ...{ id: ++id, image_id: i + 1, category_id: 1, bbox: [x, y, width, height], area: width * height },
        ...{ iscrowd: 0, score },
      })),
    ),
    categories: [{ id: 1, name: label }],
  });
}

/**
 * Boxes of one image as Pascal VOC XML: pixels counted from 1, both ends included, as in its development kit.
 */
export function vocText({ file, width, height, boxes }: ImageBoxes, label: string): string {
  const objects = boxes.map(
    ({ x, y, width: w, height: h, score }) =>
      `  <object><name>${escaped(label)}</name><score>${score}</score><bndbox><xmin>${x + 1}</xmin><ymin>${y + 1}</ymin><xmax>${x + w}</xmax><ymax>${y + h}</ymax></bndbox></object>\n`,
  );
  const size = `<size><width>${width}</width><height>${height}</height><depth>1</depth></size>`;
  return `<annotation>\n  <filename>${escaped(file)}</filename>\n  ${size}\n${objects.join('')}</annotation>\n`;
}

/** Boxes of one image as YOLO labels: class 0, centre and size as parts of the image, score. */
export const yoloText = ({ width, height, boxes }: ImageBoxes): string =>
  boxes
    .map(({ x, y, width: w, height: h, score }) =>
      [0, (x + w / 2) / width, (y + h / 2) / height, w / width, h / height, score].join(' '),
    )
    .map((line) => `${line}\n`)
    .join('');

const escaped = (text: string): string =>
  text.replace(/[&<>]/g, (c) => (c === '&' ? '&amp;' : c === '<' ? '&lt;' : '&gt;'));
