import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPrepared } from '../data/prepare/open.js';
import { cocoFolder, picture } from '../testing/coco-folder.js';
import { runLine } from '../testing/command-line.js';
import { temporaryTree } from '../testing/tree.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sightline-cli-'));
});
afterAll(() => rm(dir, { recursive: true }));
const at = (name: string) => join(dir, name);

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

  it.each([
    [['glioma', 'pituitary'], [], 'dominant', ['glioma', 'pituitary']],
    [['glioma', 'notumor', 'pituitary'], [], 'dominant', ['notumor', 'glioma', 'pituitary']],
    [['glioma', 'notumor'], [], 'presence', ['no glioma', 'glioma']],
    [['glioma', 'pituitary'], ['--task', 'multi-label'], 'multi-label', ['glioma', 'pituitary']],
    [
      ['glioma', 'pituitary'],
      ['--task-option', 'finding=pituitary'],
      'presence',
      ['no pituitary', 'pituitary'],
    ],
  ])('makes a task of class folders %j with %j', async (folders, asked, task, classes) => {
    const files = folders.flatMap((folder, i) =>
      [0, 1, 2, 3].map(async (k) => [`${folder}/${folder}${k}.png`, await picture(40 * i + k)] as const),
    );
    const root = await temporaryTree(Object.fromEntries(await Promise.all(files)));
    const { errors, out } = await runLine(
      ...['data', 'prepare', '--format', 'class-folders', '--images', root, '--size', '32', ...asked],
      ...['--out', join(root, 'made')],
    );
    expect(errors).toEqual([]);
    const { manifest } = await readPrepared(join(root, 'made'));
    expect([manifest.task, manifest.classes]).toEqual([task, classes]);
    expect(out.filter((line) => line.startsWith('each image shows one of'))).toHaveLength(
      task === 'dominant' ? 1 : 0,
    );
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
