import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCoco } from '../data/formats/coco.js';
import { parseVoc } from '../data/formats/voc.js';
import { parseYolo } from '../data/formats/yolo.js';
import { readNpy, writeNpy } from '../tensor/npy.js';
import { toFloat32 } from '../tensor/tensor.js';
import { runLine } from '../testing/command-line.js';

let folder: string;
const at = (name: string) => join(folder, name);

/** Two maps [8, 8]: a bright part of 2x3 pixels beside a dim pixel, and one of a single pixel. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boxes-'));
  await sharp({ create: { width: 40, height: 16, channels: 3, background: 'black' } })
    .png()
    .toFile(at('wide.png'));
  const data = new Float32Array(2 * 64);
  for (const [y, x] of [1, 2, 3].flatMap((y) => [4, 5].map((x) => [y, x] as const))) data[8 * y + x] = 2;
  data[8 * 6 + 1] = 0.8;
  data[64 + 9] = -5;
  data[64 + 10] = 1;
  await writeNpy(at('map.npy'), { data, shape: [2, 1, 8, 8] });
  await writeNpy(at('one.npy'), { data: data.slice(0, 64), shape: [8, 8] });
});

afterAll(() => rm(folder, { recursive: true }));

const box = { x: 4, y: 1, width: 2, height: 3 };

describe('boxes', () => {
  it('are written as COCO, Pascal VOC and YOLO that are read again', async () => {
    const write = (...flags: string[]) => runLine('boxes', at('map.npy'), '--label', 'a & b', ...flags);
    const told = await write('--out', at('boxes.json'));
    expect(told.errors).toEqual([]);
    expect(told.out[1]).toBe('map-0: 4,1,2,3 (2.00)');
    const { annotations } = JSON.parse(await readFile(at('boxes.json'), 'utf8'));
    expect(annotations.map(({ bbox, score }: { bbox: number[]; score: number }) => [bbox, score])).toEqual([
      [[4, 1, 2, 3], 2],
      [[2, 1, 1, 1], 1],
    ]);
    const read = JSON.stringify(await readCoco(at('boxes.json')));
    expect(read).toContain('"label":"a & b","x":4,"y":1,"width":2,"height":3');
    await write('--format', 'voc', '--out', at('voc'));
    const voc = parseVoc(await readFile(at('voc/map-0.xml'), 'utf8'), 'map-0.xml', 'inclusive');
    expect(voc.boxes).toEqual([{ label: 'a & b', ...box }]);
    await write('--format', 'yolo', '--out', at('yolo'));
    const text = await readFile(at('yolo/map-0.txt'), 'utf8');
    const { boxes } = parseYolo(text, 'map-0.txt', ['a & b'], { width: 8, height: 8 });
    expect(boxes).toEqual([{ label: 'a & b', ...box }]);
  });

  it('follow the rule and the least size, in the pixels of the image', async () => {
    const lines = async (...flags: string[]) =>
      (await runLine('boxes', at('one.npy'), '--out', at('b.json'), ...flags)).out.slice(1, 2);
    expect(await lines('--rule', 'value:0.5')).toEqual(['map-0: 4,1,2,3 (2.00); 1,6,1,1 (0.800)']);
    expect(await lines('--rule', 'value:0.5', '--least', '2')).toEqual(['map-0: 4,1,2,3 (2.00)']);
    expect(await lines('--rule', 'max:0.3')).toEqual(['map-0: 4,1,2,3 (2.00); 1,6,1,1 (0.800)']);
    expect(await lines('--rule', 'otsu', '--least', '2')).toEqual(['map-0: 4,1,2,3 (2.00)']);
    expect(await lines('--rule', 'value:3')).toEqual([
      'map-0: nothing is hot: no value is above 3; the greatest is 2',
    ]);
    const [native] = await lines('--image', at('wide.png'));
    expect(native).toBe('wide.png: 20,2,10,6 (2.00)');
  });

  it('are found in maps with their channels last, where a layout states them', async () => {
    await writeNpy(at('last.npy'), { ...toFloat32(await readNpy(at('one.npy'))), shape: [1, 8, 8, 1] });
    const find = (...flags: string[]) => runLine('boxes', at('last.npy'), '--out', at('b.json'), ...flags);
    expect((await find('--layout', 'NHWC')).out[1]).toMatch(/^map-0: 4,1,2,3 \(2.00\)/);
    expect((await find()).errors.at(-1)).toMatch(
      /\[1,8,8,1\] have their channels first or last; option layout/,
    );
  });

  it('undo crops and letterboxes, and the geometry of a prepared set', async () => {
    const line = async (...flags: string[]) =>
      (await runLine('boxes', at('one.npy'), '--out', at('b.json'), '--image', at('wide.png'), ...flags))
        .out[1];
    // Of 40 by 16 pixels the 8 by 8 map shows 8 by 3 pixels, its rows 2 to 4: one map pixel is 5 by 5.33.
    expect(await line('--fit', 'letterbox')).toBe('wide.png: 20,0,10,11 (2.00)');
    expect(await line('--crop', '10,0,16,16')).toBe('wide.png: 18,2,4,6 (2.00)');
    const transform = {
      ...{ scaleX: 0.5, scaleY: 0.5, offsetX: 0, offsetY: 0, flipped: true },
      ...{ originalWidth: 16, originalHeight: 16 },
    };
    await writeFile(at('rows.json'), JSON.stringify([{ id: 'a', transform }]));
    expect(await line('--geometry', at('rows.json'))).toBe('wide.png: 4,2,4,6 (2.00)');
    const wrong = await runLine('boxes', at('map.npy'), '--out', at('b.json'), '--geometry', at('rows.json'));
    expect(wrong.errors.join()).toContain('has 1 transforms for 2 maps');
  });

  it('are scored as detections against annotated boxes', async () => {
    const truth = {
      images: [{ id: 1, file_name: 'wide.png', width: 40, height: 16 }],
      categories: [{ id: 1, name: 'finding' }],
      annotations: [
        { id: 1, image_id: 1, category_id: 1, bbox: [20, 2, 10, 6] },
        { id: 2, image_id: 1, category_id: 1, bbox: [0, 0, 4, 4] },
      ],
    };
    await writeFile(at('truth.json'), JSON.stringify(truth));
    const flags = ['--image', at('wide.png'), '--truth', at('truth.json'), '--out', at('b.json')];
    const { out } = await runLine('boxes', at('one.npy'), '--rule', 'value:0.5', ...flags);
    expect(out.at(-1)).toContain(
      'against 2 annotated boxes (intersection over union 0.5): average precision 0.500',
    );
  });

  it('can be a mask for each image', async () => {
    const flags = ['--format', 'mask', '--image', at('wide.png'), '--out', at('masks')];
    expect((await runLine('boxes', at('one.npy'), ...flags)).errors).toEqual([]);
    expect(await readdir(at('masks'))).toEqual(['wide.png']);
    const { data, info } = await sharp(at('masks/wide.png')).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([40, 16]);
    // A box of 10 by 6 pixels, its corners rounded off by the resizing.
    expect(data.filter((v) => v > 0).length / info.channels).toBe(56);
  });

  it('are none of a map that points nowhere, and say why', async () => {
    const maps: [reason: string, map: number[], ...flags: string[]][] = [
      ['the map is zero everywhere', [0, 0, 0, 0]],
      ['the map has no positive value', [-1, -2, -3, 0]],
      ['the map is flat', [1, 1, 1, 1]],
      ['the map is flat', [1, 1, 1, 1], '--rule', 'otsu'],
      ['the map is flat', [-1, -1, -1, -1], '--rule', 'quantile:0.5'],
      ["1 of the map's 4 values are NaN or infinite", [1, Number.NaN, 0, 0], '--rule', 'value:0.5'],
      ["2 of the map's 4 values are NaN or infinite", [Infinity, -Infinity, 0, 1]],
      ['no value is above 5; the greatest is 2', [1, 2, 0, 0], '--rule', 'value:5'],
      ['no part above 1 has 3 pixels', [1, 2, 0, 0], '--least', '3'],
    ];
    for (const [reason, map, ...flags] of maps) {
      await writeNpy(at('none.npy'), { data: Float32Array.from(map), shape: [2, 2] });
      const asked = ['boxes', at('none.npy'), '--out', at('none.json'), ...flags];
      expect((await runLine(...asked)).out[1]).toBe(`map-0: nothing is hot: ${reason}`);
      const told = JSON.parse((await runLine(...asked, '--json')).out.join('\n'));
      expect(told.maps).toEqual([{ file: 'map-0', width: 2, height: 2, boxes: [], reason }]);
    }
    await writeNpy(at('full.npy'), { data: new Float32Array(4).fill(1), shape: [2, 2] });
    const stated = await runLine('boxes', at('full.npy'), '--out', at('full.json'), '--rule', 'value:0.5');
    expect(stated.out[1]).toBe('map-0: 0,0,2,2 (1.00)');
  });

  it('name a rule, a format or an image that does not fit', async () => {
    const error = async (...flags: string[]) =>
      (await runLine('boxes', at('map.npy'), ...flags)).errors.join(' ');
    expect(await error('--rule', 'half', '--out', at('b.json'))).toMatch(/rule.*'?half'?.*max:SHARE/);
    expect(await error('--format', 'voc', '--out', at('b.json'))).toContain('format voc takes a folder');
    expect(await error('--image', at('wide.png'), '--out', at('b.json'))).toContain('1 times for 2 maps');
  });
});
