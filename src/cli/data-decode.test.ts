import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatOnnx } from '../graph/write.js';
import { readNpy } from '../tensor/npy.js';
import { picture } from '../testing/coco-folder.js';
import { runLine } from '../testing/command-line.js';
import { imageElements, madeDicom } from '../testing/dicom.js';
import { tinyModel } from '../testing/tiny-model.js';
import { temporaryTree } from '../testing/tree.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sightline-cli-'));
});
afterAll(() => rm(dir, { recursive: true }));
const at = (name: string) => join(dir, name);

describe('data decode', () => {
  const values = Uint16Array.of(0, 1000, 2000, 4000, 3000, 500);
  const dicom = () =>
    madeDicom([
      ...imageElements(2, 3, { bits: 16, stored: 12 }),
      ['7fe00010', 'OW', new Uint8Array(values.buffer)],
    ]);

  it('writes stored or display values of a DICOM file', async () => {
    const file = join(await temporaryTree({ 'a.dcm': dicom() }), 'a.dcm');
    const raw = await runLine('data', 'decode', file, '--out', at('raw.npy'), '--raw');
    expect([raw.code, raw.errors]).toEqual([0, []]);
    const stored = await readNpy(at('raw.npy'));
    expect([...stored.data].map(Number)).toEqual([...values]);
    expect(stored.shape).toEqual([2, 3]);
    expect((await runLine('data', 'decode', file, '--out', at('shown.npy'))).code).toBe(0);
    const shown = await readNpy(at('shown.npy'));
    expect(shown.data).toBeInstanceOf(Float32Array);
    expect([Math.min(...(shown.data as Float32Array)), Math.max(...(shown.data as Float32Array))]).toEqual([
      0, 1,
    ]);
  });

  it('tells of bits above those stored, as attribute does of its input', async () => {
    const beyond = madeDicom([
      ...imageElements(8, 8, { bits: 16, stored: 12 }),
      ['7fe00010', 'OW', new Uint8Array(Uint16Array.from({ length: 64 }, (_, i) => 100 * i).buffer)],
    ]);
    const tree = await temporaryTree({ 'a.dcm': beyond, 'tiny.onnx': formatOnnx(tinyModel()) });
    const file = join(tree, 'a.dcm');
    const told = '23 of its 64 values have bits above bit 11, where its 12 stored bits end: they are kept';
    const decoded = await runLine('data', 'decode', file, '--out', at('beyond.npy'));
    expect(decoded.code).toBe(0);
    expect(decoded.errors).toEqual([expect.stringContaining(`${file}: ${told}`)]);
    const asked = [
      '--model',
      join(tree, 'tiny.onnx'),
      '--method',
      'gradient',
      '--targets',
      '0',
      '--normalisation',
      'zero-one',
    ];
    const map = ['--input', file, '--out', at('beyond-map.npy')];
    const { code, errors } = await runLine('attribute', ...asked, ...map);
    expect(code).toBe(0);
    expect(errors.join()).toContain(`${file}: ${told}`);
  });

  it.each([
    ['its least and greatest value', [], 'black 0 and white 4000 by its least and greatest value', {}],
    ['a window', ['1000', '2001'], 'black -0.5 and white 1999.5 by its window', { windows: 1 }],
    [
      'two windows',
      ['1000\\40', '2001\\400'],
      'black -0.5 and white 1999.5 by the first of its 2 windows',
      { windows: 2 },
    ],
  ])('tells what it shows as black and white: by %s', async (_, [center, width], line, more) => {
    const elements = imageElements(2, 3, { bits: 16, stored: 12 }, [
      ...(center === undefined ? [] : [['00281050', 'DS', center] as const]),
      ...(width === undefined ? [] : [['00281051', 'DS', width] as const]),
    ]);
    const made = madeDicom([...elements, ['7fe00010', 'OW', new Uint8Array(values.buffer)]]);
    const file = join(await temporaryTree({ 'a.dcm': made }), 'a.dcm');
    const told = await runLine('data', 'decode', file, '--out', at('told.npy'));
    expect(told.out.join()).toContain(`, ${line}, `);
    const { out } = await runLine('data', 'decode', file, '--out', at('told.npy'), '--json');
    const [, black, white] = /black (\S+) and white (\S+)/.exec(line)!;
    const { windows } = { windows: undefined, ...more };
    const { black: dark, white: bright, windows: count } = JSON.parse(out.join());
    expect([dark, bright, count]).toEqual([Number(black), Number(white), windows]);
  });

  it('writes a picture to look at', async () => {
    const file = join(await temporaryTree({ 'a.png': await picture(30) }), 'a.png');
    await runLine('data', 'decode', file, '--out', at('shown.png'));
    const { data, info } = await sharp(await readFile(at('shown.png')))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([60, 40]);
    expect([...data.subarray(0, 3)]).toEqual([30, 90, 170]);
  });

  it('names a frame that is not there', async () => {
    const file = join(await temporaryTree({ 'a.dcm': dicom() }), 'a.dcm');
    const { code, errors } = await runLine('data', 'decode', file, '--out', at('f.npy'), '--frame', '3');
    expect(code).toBe(2);
    expect(errors[0]).toMatch(/a\.dcm: frame 3 is asked for; it has 1/);
  });
});
