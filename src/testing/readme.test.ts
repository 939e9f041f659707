import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeOnnx } from '../graph/write.js';
import { brightModel } from './bright-model.js';
import { buildLibrary } from './notebook.js';
import { sharedIsThere, sharedPath } from './shared.js';

const readme = readFileSync('README.md', 'utf8');

/** The commands of code blocks and of sentences, without comments, in their order. */
const found = [...readme.matchAll(/(?:^(?:# )?|`)((?:npx|npm) [^`\n#]+)/gm)];
const commands = [...new Set(found.map(([, line]) => line!.trim()))];

/** What makes a long command short. */
const SHORT: Readonly<Record<string, readonly string[]>> = {
  'data prepare phantom': ['--dataset-option', 'images=60;size=64', '--size', '32'],
  train: ['--epochs', '1'],
  benchmark: [
    ...['--size', '32', '--epochs', '2', '--explain', '12'],
    ...['--methods', 'gradcam,random', '--metrics', 'relevance-rank,pointing-game'],
  ],
};

let dir: string;
beforeAll(() => {
  buildLibrary();
  dir = mkdtempSync(join(tmpdir(), 'sightline-readme-'));
}, 120_000);
afterAll(() => rmSync(dir, { recursive: true }));

/** Puts there what a clone has, what `npm start` leaves, and what the README names as the reader's own. */
beforeAll(async () => {
  const at = (path: string) => join(dir, path);
  const sightline = {
    ...{ classes: ['dark', 'bright'], layout: 'NCHW', multiLabel: false },
    normalisation: { mean: [0], std: [1] },
  };
  mkdirSync(at('outputs/quickstart'), { recursive: true });
  await writeOnnx(at('outputs/quickstart/model.onnx'), {
    ...brightModel(128),
    metadata: { sightline: JSON.stringify(sightline) },
  });
  cpSync('docs/example', at('docs/example'), { recursive: true });
  mkdirSync(at('DIR'));
  const images = Array.from({ length: 12 }, (_, id) => ({ id, file_name: `${id}.png`, width: 8, height: 8 }));
  const grey = { width: 8, height: 8, channels: 3, background: 'grey' } as const;
  for (const { file_name } of images)
    await sharp({ create: grey })
      .png()
      .toFile(join(at('DIR'), file_name));
  const boxes = images
    .slice(0, 6)
    .map(({ id }) => ({ id, image_id: id, category_id: 1, bbox: [1, 1, 3, 3] }));
  const coco = { images, annotations: boxes, categories: [{ id: 1, name: 'mass' }] };
  writeFileSync(at('FILE'), JSON.stringify(coco));
  if (!sharedIsThere) return;
  mkdirSync(at('path/to'), { recursive: true });
  symlinkSync(sharedPath('data', 'bccd'), at('path/to/bccd'));
});

describe('the commands of the README', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));

  it.each(commands.filter((line) => line.startsWith('npm ')))('%s runs a program that there is', (line) => {
    const script = scripts[line.replace('run ', '').split(' ')[1]!];
    expect(existsSync(/\S+\.cjs/.exec(script)![0])).toBe(true);
  });

  it.for(commands.filter((line) => line.startsWith('npx ')))('%s', { timeout: 180_000 }, (line, { skip }) => {
    skip(line.includes('bccd') && !sharedIsThere, 'the blood smears are missing here');
    const [, , ...given] = line.split(/\s+/);
    const more = Object.entries(SHORT).find(([begin]) => given.join(' ').startsWith(begin))?.[1] ?? [];
    const program = [resolve('environment/sightline.cjs'), ...given, ...more];
    const { status, stderr } = spawnSync(process.execPath, program, { cwd: dir, encoding: 'utf8' });
    expect(status, stderr).toBe(0);
  });

  it.skipIf(!sharedIsThere)('learn to find white cells, and Grad-CAM points at them', () => {
    const text = (file: string) => readFileSync(join(dir, 'outputs/bccd', file), 'utf8');
    const { test, classes } = JSON.parse(text('manifest.json'));
    expect(classes).toEqual(['no WBC', 'WBC']);
    expect(test.accuracy).toBeGreaterThanOrEqual(0.9);
    const rows = text('summary.csv')
      .split('\n')
      .map((row) => row.split(','));
    const mean = (method: string) =>
      Number(rows.find(([name, , metric]) => name === method && metric === 'relevance-rank')![4]);
    expect(mean('gradcam')).toBeGreaterThan(mean('random'));
  });
});
