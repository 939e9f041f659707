import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../../base/random.js';
import { temporaryTree } from '../../testing/tree.js';
import { readCoco } from './coco.js';
import { readCsvBoxes } from './csv.js';
import { readVoc } from './voc.js';
import { readYolo } from './yolo.js';

const pieces = [
  '"',
  '<',
  '>',
  '&',
  '[',
  ']',
  '{',
  '}',
  ',',
  ';',
  '\n',
  '-1',
  '1e999',
  'null',
  'NaN',
  '\0',
  '\uFFFD',
  '9'.repeat(400),
];

/** Cuts, repeats and overwrites at random places. */
function mutated(text: string, random: Random): string {
  let result = text;
  for (let k = 0; k <= random.below(4); k++) {
    const at = random.below(result.length + 1);
    const to = Math.min(result.length, at + random.below(12));
    const piece =
      random.below(2) === 0 ? pieces[random.below(pieces.length)]! : result.slice(at, to).repeat(2);
    result = result.slice(0, at) + piece + result.slice(to);
  }
  return random.below(5) === 0 ? result.slice(0, random.below(result.length + 1)) : result;
}

const voc =
  '<?xml version="1.0"?><annotation><filename>a.jpg</filename><size><width>640</width><height>480</height></size><object><name>x &lt; y</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object></annotation>';
const coco = JSON.stringify({
  images: [{ id: 1, file_name: 'a.png', width: 10, height: 9 }],
  categories: [{ id: 1, name: 'x' }],
  annotations: [
    { image_id: 1, category_id: 1, bbox: [1, 2, 3, 4], segmentation: [[0, 0, 4, 0, 4, 4]] },
    { image_id: 1, category_id: 1, segmentation: { size: [9, 10], counts: '61X13mN000`0' } },
    { image_id: 1, category_id: 1, segmentation: { size: [9, 10], counts: [6, 1, 83] } },
  ],
});

describe.each([
  ['Pascal VOC', voc, (path: string) => readVoc(path, 'inclusive')],
  ['COCO', coco, readCoco],
  ['CSV', 'image,x,y,width,height,label\na,1,2,3,4,x\n"b",,,,,\n', (path: string) => readCsvBoxes(path, '')],
  [
    'YOLO',
    '0 0.5 0.5 0.2 0.2\n1 0.1 0.1 0.3 0.1 0.3 0.5\n',
    (path: string) => readYolo(path, ['a', 'b'], { width: 9, height: 9 }),
  ],
] as const)('damaged %s', (_, text, read) => {
  it('is read or refused in one line, 400 times', async () => {
    const path = join(await temporaryTree(), 'file');
    const random = seededRandom(11);
    for (let trial = 0; trial < 400; trial++) {
      await writeFile(path, mutated(text, random));
      try {
        await read(path);
      } catch (error) {
        expect(error, `trial ${trial}`).toMatchObject({ name: 'SightlineError', kind: 'input' });
        expect((error as Error).message).not.toContain('\n');
      }
    }
  });
});
