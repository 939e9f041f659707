import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runLine } from '../testing/command-line.js';

/** Names folders and files, and is a secret and a patient. */
const name = 'DOE_JANE';

let dir: string;
const at = (...parts: string[]) => join(dir, ...parts);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sightline-privacy-'));
  await mkdir(at(name, `images ${name}`), { recursive: true });
  const images = Array.from({ length: 24 }, (_, id) => ({ id, file_name: `${name}_${id}.png` }));
  for (const { id, file_name } of images)
    await sharp({
      create: { width: 16, height: 16, channels: 3, background: id % 2 === 0 ? '#fff' : '#111' },
    })
      .png()
      .toFile(at(name, `images ${name}`, file_name));
  await writeFile(at(name, `images ${name}`, `${name}_broken.png`), 'no picture');
  const annotations = images
    .filter(({ id }) => id % 2 === 0)
    .map(({ id }) => ({ image_id: id, category_id: 1, bbox: [5, 5, 8, 8] }));
  const all = [
    ...images,
    { id: 99, file_name: `${name}_missing.png` },
    { id: 98, file_name: `${name}_broken.png` },
  ];
  const categories = [{ id: 1, name: 'mass' }];
  await writeFile(at(name, `${name}.json`), JSON.stringify({ images: all, categories, annotations }));
}, 120_000);
afterAll(() => rm(dir, { recursive: true }));

const data = () => [
  ...['--root', at(name), '--dataset-option', `images=images ${name}`],
  ...['--dataset-option', `annotations=${name}.json`, '--dataset-option', `salt=${name}`],
  ...['--dataset-option', `patient=(${name}_[0-9]+)`, '--size', '16'],
];

/** The files below a folder that hold the name, in their own names or their bytes. */
async function mentions(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const file of await readdir(folder, { recursive: true })) {
    const path = join(folder, file);
    const isFile = (await stat(path)).isFile();
    if (file.includes(name) || (isFile && (await readFile(path)).includes(name))) found.push(file);
  }
  return found;
}

describe('a name of a folder, file, patient or secret', () => {
  it('enters no prepared set and no model', async () => {
    const made = await runLine('data', 'prepare', 'folder', ...data(), '--out', at('set'));
    expect(made).toMatchObject({ code: 0 });
    const trained = await runLine(
      ...['train', '--data', at('set'), '--out', at('models', 'm.onnx')],
      ...['--epochs', '30', '--architecture', 'logistic'],
    );
    expect(trained).toMatchObject({ code: 0 });
    expect(await readdir(at('set'))).toContain('manifest.json');
    expect(await mentions(at('set'))).toEqual([]);
    expect(await mentions(at('models'))).toEqual([]);
  }, 120_000);

  it('enters no file of a benchmark', async () => {
    const ran = await runLine(
      ...[
        'benchmark',
        '--dataset',
        'folder',
        ...data(),
        '--out',
        at('run'),
        '--model',
        at('models', 'm.onnx'),
      ],
      ...['--methods', 'gradient', '--metrics', 'pointing-game', '--explain', '2'],
    );
    expect(ran).toMatchObject({ code: 0, errors: [] });
    const files = await readdir(at('run'));
    expect(files).toEqual(
      expect.arrayContaining(['config.json', 'manifest.json', 'report.html', 'scores.csv']),
    );
    expect(await mentions(at('run'))).toEqual([]);
  }, 120_000);

  const ofFewImages = ['--methods', 'gradient', '--explain', '2', '--architecture', 'cnn', '--epochs', '1'];
  it.each([
    ['shortcut-audit', []],
    ['salience-control', ['--models', '1']],
  ])(
    'enters no file of %s',
    async (command, flags) => {
      const own = ['--dataset', 'folder', ...data(), ...ofFewImages, ...flags];
      const ran = await runLine(command, ...own, '--out', at(command));
      expect(ran).toMatchObject({ code: 0 });
      expect(await readdir(at(command))).toContain('config.json');
      expect(await mentions(at(command))).toEqual([]);
    },
    120_000,
  );

  it('enters nothing that is trained from weights of its own', async () => {
    const options = ['--data', at('set'), '--architecture', 'logistic', '--epochs', '1'];
    const weights = ['--weights', at(name, `${name}.onnx`)];
    await copyFile(at('models', 'm.onnx'), at(name, `${name}.onnx`));
    const trained = await runLine('train', ...options, ...weights, '--out', at('again', 'm.onnx'));
    const ran = await runLine(
      ...['benchmark', ...options, ...weights, '--cases', 'all', '--out', at('again', 'run')],
      ...['--methods', 'gradient', '--metrics', 'pointing-game', '--explain', '2'],
    );
    expect([trained.code, ran.code]).toEqual([0, 0]);
    expect(await mentions(at('again'))).toEqual([]);
  }, 120_000);

  it('enters no explanation, page or export of a model and an image that are named so', async () => {
    const model = at(name, `${name}_2.onnx`);
    await copyFile(at('models', 'm.onnx'), model);
    const image = at(name, `images ${name}`, `${name}_2.png`);
    const explained = [model, '--method', 'gradient', '--out'];
    await mkdir(at('shown'));
    for (const end of ['html', 'svg', 'png', 'npy']) {
      const given = ['--model', model, '--input', image, '--targets', '1', '--method', 'gradient'];
      const ran = await runLine('attribute', ...given, '--out', at('shown', `m.${end}`));
      expect(ran).toMatchObject({ code: 0 });
    }
    const exported = await runLine('export', ...explained, at('shown', 'e.onnx'));
    const page = await runLine('export', ...explained, at('shown', 'e.html'), '--page');
    expect([exported.code, page.code]).toEqual([0, 0]);
    expect(await readFile(at('shown', 'e.html'), 'utf8')).toContain('gradient of a model of no mass, mass');
    expect(await mentions(at('shown'))).toEqual([]);
  }, 120_000);
});
