import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cocoFolder, picture } from '../testing/coco-folder.js';
import { runLine } from '../testing/command-line.js';
import { temporaryTree } from '../testing/tree.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sightline-cli-'));
});
afterAll(() => rm(dir, { recursive: true }));
const at = (name: string) => join(dir, name);

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
