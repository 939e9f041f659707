import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatOnnx } from '../graph/write.js';
import { readNpy } from '../tensor/npy.js';
import { runLine } from '../testing/command-line.js';
import { imageElements, madeDicom } from '../testing/dicom.js';
import { sharedIsThere, sharedPath } from '../testing/shared.js';
import { tinyModel } from '../testing/tiny-model.js';
import { temporaryTree } from '../testing/tree.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sightline-cli-'));
});
afterAll(() => rm(dir, { recursive: true }));
const at = (name: string) => join(dir, name);

const picture = (shade: number) =>
  sharp(
    Uint8Array.from(
      { length: 3 * 60 * 40 },
      (_, i) => [(shade + (Math.floor(i / 3) % 60)) % 256, 90, 200 - shade][i % 3]!,
    ),
    { raw: { width: 60, height: 40, channels: 3 } },
  )
    .png()
    .toBuffer();

/** Ten pictures with COCO boxes in half of them, or in those that are said, and one box without area. */
async function cocoFolder(marked = [0, 2, 4, 6, 8]): Promise<string> {
  const names = Array.from({ length: 10 }, (_, i) => `scan${i}.png`);
  const files = await Promise.all(
    names.map(async (name, i) => [`scans/${name}`, await picture(20 * i)] as const),
  );
  const box = (i: number) => ({ id: i, image_id: i, category_id: 1, bbox: [5, 5, 20, 10] });
  const coco = {
    images: names.map((file_name, id) => ({ id, file_name, width: 60, height: 40 })),
    categories: [{ id: 1, name: 'nodule' }],
    annotations: [...marked.map(box), { ...box(9), bbox: [1, 1, 0, 0] }],
  };
  return temporaryTree({ ...Object.fromEntries(files), 'boxes.json': JSON.stringify(coco) });
}

describe('data prepare', () => {
  it('makes a task of a folder of images and tells counts and problems', async () => {
    const root = await cocoFolder();
    const own = [
      '--format',
      'coco',
      '--images',
      join(root, 'scans'),
      '--annotations',
      join(root, 'boxes.json'),
    ];
    const { code, out, errors } = await runLine(
      'data',
      'prepare',
      ...own,
      '--out',
      at('own'),
      '--size',
      '32',
    );
    expect([code, errors]).toEqual([0, []]);
    expect(out).toContain('nodule        5      6        0         1');
    expect(out.filter((line) => / has \d+ images?: /.test(line)).map((line) => line.split(' ')[0])).toEqual([
      'train',
      'validation',
      'test',
    ]);
    expect(out).toContain('problems: 1 degenerate, 1 left-out');
    expect(out).toContain("images left out: their annotations can't be used: 1");
    expect(out).toContainEqual(expect.stringMatching(/scan9\.png: the image is left out: no place of/));
    const again = await runLine('data', 'prepare', ...own, '--out', at('own'), '--size', '32');
    expect(again.out).toEqual(out);
  });

  it('says where there is nothing to learn, and then nothing is trained', async () => {
    const root = await cocoFolder([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const files = ['--images', join(root, 'scans'), '--annotations', join(root, 'boxes.json')];
    const patient = ['--dataset-option', 'patient=(scan)'];
    const made = await runLine(
      'data',
      'prepare',
      '--format',
      'coco',
      ...files,
      ...patient,
      '--out',
      at('all'),
    );
    expect(made.out[0]).toBe('folder: 10 images of 1 patient');
    expect(made.out).toContainEqual(
      expect.stringMatching(/^all images are of one patient, .* option patient/),
    );
    expect(made.out).toContain(
      "no training sample shows 'no nodule': nothing is learned of it; choose another finding or task",
    );
    const doubts = [
      expect.stringMatching(/^no training sample shows 'no nodule'/),
      expect.stringMatching(/^all images are of one patient/),
    ];
    const inspected = await runLine('data', 'inspect', at('all'), '--json');
    expect(JSON.parse(inspected.out.join('\n'))).toMatchObject({ doubts });
    expect((await runLine('data', 'inspect', at('all'))).out).toEqual(expect.arrayContaining(doubts));
    const trained = await runLine('train', '--data', at('all'), '--out', at('all.onnx'));
    expect(trained.code).toBe(1);
    expect(trained.errors).toEqual([
      expect.stringMatching(/all \d+ training samples of .* show 'nodule': there is nothing to learn/),
    ]);
  });

  it('says that a set is made again of changed files, also where it prints JSON', async () => {
    const root = await cocoFolder();
    const files = ['--images', join(root, 'scans'), '--annotations', join(root, 'boxes.json')];
    const prepare = () =>
      runLine('data', 'prepare', '--format', 'coco', ...files, '--out', at('changed'), '--json');
    expect((await prepare()).errors).toEqual([]);
    await writeFile(join(root, 'scans', 'scan3.png'), await picture(7));
    const again = await prepare();
    expect(again.errors).toEqual([expect.stringMatching(/: its inputs have changed since .* made again$/)]);
    expect(JSON.parse(again.out.join('\n')).total.samples).toBe(9);
  });

  it('refuses another set in the same folder', async () => {
    const root = await cocoFolder();
    const own = [
      '--format',
      'coco',
      '--images',
      join(root, 'scans'),
      '--annotations',
      join(root, 'boxes.json'),
    ];
    await runLine('data', 'prepare', ...own, '--out', at('one'), '--size', '32');
    const { code, errors } = await runLine('data', 'prepare', ...own, '--out', at('one'), '--size', '48');
    expect(code).toBe(2);
    expect(errors).toEqual([
      expect.stringMatching(
        /holds another prepared set \(image\.height was 32, now 48\); remove it or choose/,
      ),
    ]);
    const seeded = await runLine(
      'data',
      'prepare',
      ...own,
      '--out',
      at('one'),
      '--size',
      '32',
      '--seed',
      '3',
    );
    expect(seeded.errors).toEqual([expect.stringContaining('another prepared set (seed was 0, now 3)')]);
  });

  it('draws phantoms and inspects what it made of them', async () => {
    const wanted = ['--dataset-option', 'images=12;size=64', '--size', '32', '--draw', at('drawn')];
    const made = await runLine('data', 'prepare', 'phantom', ...wanted, '--out', at('phantom'));
    expect(made.code).toBe(0);
    expect(made.out[0]).toBe('phantom: 12 images of 12 patients');
    const { code, out } = await runLine('data', 'inspect', at('phantom'), '--verify', '--json');
    expect(code).toBe(0);
    const found = JSON.parse(out.join('\n'));
    expect(found.total).toMatchObject({ samples: 12, patients: 12 });
    expect(found.archive.findings['Lung Opacity'].images).toBe(6);
    expect(found.image).toMatchObject({ channels: 1, height: 32, width: 32 });
    const table = await runLine('data', 'inspect', at('phantom'), '--verify');
    expect(table.out.at(-1)).toBe('all checksums match');
    expect(table.out.some((line) => /^boxes of .*width/.test(line))).toBe(true);
  });

  it('trains on what it prepared, and tells how well as JSON', async () => {
    const small = ['--epochs', '2', '--architecture', 'cnn', '--width', '4', '--depth', '2'];
    const made = await runLine('train', '--data', at('phantom'), ...small, '--out', at('p.onnx'), '--json');
    expect([made.code, made.errors]).toEqual([0, []]);
    const { out, history, best, test } = JSON.parse(made.out.join('\n'));
    expect([out, history.length]).toEqual([at('p.onnx'), 2]);
    expect(history).toContainEqual(best);
    expect(test.accuracy).toBeGreaterThanOrEqual(0);
  });
});

describe.skipIf(!sharedIsThere)('data prepare of the real archives, each with its default task', () => {
  it.each([
    [
      'bccd',
      'bccd',
      'RBC           349   4155        0         2',
      /^train has \d+ samples of \d+ images: \d+ no WBC/,
    ],
    [
      'codras',
      'codras_idrid',
      'hard_exudates     164   1441        0',
      /^images left out: nobody said what they show: 2$/,
    ],
    [
      'idrid',
      'idrid_segmentation',
      'soft exudates       26      0       26',
      /^train has \d+ samples of \d+ images/,
    ],
    [
      'cxr-lungs',
      'cxr_lungboxes',
      'Left Lung      113    113        0',
      /^train has \d+ samples of \d+ images/,
    ],
  ])('%s', { timeout: 180_000 }, async (name, folder, line, other) => {
    const root = sharedPath('data', folder);
    const { code, out } = await runLine(
      'data',
      'prepare',
      name,
      '--root',
      root,
      '--out',
      at(name),
      '--size',
      '32',
    );
    expect(code).toBe(0);
    expect(out).toContain(line);
    expect(out.some((one) => other.test(one))).toBe(true);
  });
});

describe('data list', () => {
  it('is a table of every data set, or all of one', async () => {
    const { out } = await runLine('data', 'list');
    expect(out[0]).toMatch(/^name +title +modality +access +licence$/);
    expect(out.some((line) => /^rsna-pneumonia .* registration /.test(line))).toBe(true);
    const one = await runLine('data', 'list', 'bccd');
    expect(one.out.join('\n')).toMatch(/citation .*\n[\s\S]*RBC boxes: 4155[\s\S]*BCCD\/Annotations/);
    const json = await runLine('data', 'list', 'idrid', '--json');
    expect(JSON.parse(json.out.join('\n'))[0]).toMatchObject({ name: 'idrid', access: 'registration' });
  });
});

describe('data fetch', () => {
  it('says where to register and what to place where', async () => {
    const { code, out } = await runLine('data', 'fetch', 'idrid', '--out', at('fetched'));
    expect(code).toBe(0);
    expect(out.join('\n')).toMatch(/Register at https:[\s\S]*IDRiD_01\.jpg/);
  });

  it('takes no file that it cannot check, unless it is asked to', async () => {
    const { code, errors } = await runLine('data', 'fetch', 'bccd', '--out', at('fetched'));
    expect([code, errors]).toEqual([
      2,
      [expect.stringMatching(/SHA-256 of BCCD_Dataset.zip is not known here.*--unverified takes it all/)],
    ]);
  });

  it('says that phantoms are drawn and own images are there', async () => {
    const { code, errors } = await runLine('data', 'fetch', 'phantom', '--out', at('fetched'));
    expect(code).toBe(2);
    expect(errors[0]).toContain('sightline data prepare phantom');
    const own = await runLine('data', 'fetch', 'folder', '--out', at('fetched'));
    expect([own.code, own.errors]).toEqual([2, [expect.stringContaining('nothing to fetch')]]);
  });
});

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

describe('data audit', () => {
  it('looks through prepared sets, alone and against each other', async () => {
    const root = await cocoFolder();
    const own = [
      '--format',
      'coco',
      '--images',
      join(root, 'scans'),
      '--annotations',
      join(root, 'boxes.json'),
    ];
    for (const [name, seed] of [
      ['first', '0'],
      ['second', '1'],
    ] as const)
      await runLine('data', 'prepare', ...own, '--out', at(name), '--size', '32', '--seed', seed);
    const sets = [at('first'), at('second')];
    const { code, out } = await runLine('data', 'audit', ...sets, '--out', at('audit'), '--show', '1');
    expect(code).toBe(0);
    const report = JSON.parse(await readFile(at('audit/audit.json'), 'utf8'));
    expect(
      report.datasets.map(({ name, images }: { name: string; images: number }) => [name, images]),
    ).toEqual([
      // One image is left out: its only box has no area. No folder's name is written.
      ['folder-presence', 9],
      ['folder-presence (2)', 9],
    ]);
    const exact = report.checks.find(({ name }: { name: string }) => name === 'exact-duplicates');
    expect(exact.errors).toBeGreaterThan(0);
    expect(out.some((line) => /^exact-duplicates +\d+/.test(line))).toBe(true);
    const { format } = await sharp(at('audit/exact-duplicates.png')).metadata();
    expect(format).toBe('png');
  });

  it('gives options to those of several data sets that have them', async () => {
    const root = await cocoFolder();
    const bccd = await temporaryTree({
      'BCCD/Annotations/a.xml': '<annotation><filename>a.jpg</filename></annotation>',
      'BCCD/JPEGImages/a.jpg': await picture(9),
    });
    const sets = [`bccd=${bccd}`, `folder=${root}`, '--checks', 'boxes', '--json'];
    const options = ['--dataset-option', 'images=scans;annotations=boxes.json;salt=s'];
    const { code, out } = await runLine('data', 'audit', ...sets, ...options);
    expect(code).toBe(0);
    expect(JSON.parse(out.join('\n')).datasets).toMatchObject([{ images: 1 }, { images: 9 }]);
    const wrong = await runLine('data', 'audit', ...sets, ...options, '--dataset-option', 'image=scans');
    expect(wrong.errors).toEqual([expect.stringContaining("unknown option of bccd 'image'")]);
  });

  it('reads an archive from its folder, with options of checks', async () => {
    const root = await cocoFolder();
    const options = ['--dataset-option', 'images=scans', '--dataset-option', 'annotations=boxes.json'];
    const only = ['--checks', 'boxes,near-duplicates', '--option', 'near-duplicates.bits=0'];
    const { code, out } = await runLine('data', 'audit', `folder=${root}`, ...options, ...only);
    expect(code).toBe(0);
    expect(out.filter((line) => /^(boxes|near-duplicates) +\d/.test(line))).toHaveLength(2);
    const json = await runLine('data', 'audit', `folder=${root}`, ...options, ...only, '--json');
    const { checks } = JSON.parse(json.out.join('\n'));
    expect(checks.map(({ name }: { name: string }) => name)).toEqual(['boxes', 'near-duplicates']);
    const wrong = await runLine(
      'data',
      'audit',
      `folder=${root}`,
      ...options,
      '--option',
      'near-duplicates.bit=0',
    );
    expect(wrong.errors[0]).toContain("did you mean 'bits'");
  });
});
