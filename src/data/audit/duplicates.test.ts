import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import {
  archiveOf,
  file,
  inFolder,
  look,
  originals,
  paintPictures,
  record,
} from '../../testing/audited-pictures.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import { readArchive } from '../datasets/catalogue.js';
import { decodeFile } from '../decode/index.js';
import type { ImageRecord } from '../record.js';
import { audit } from './index.js';

/** Writes the first picture with its intensities changed by a curve. */
async function curved(id: string, curve: (value: number) => number): Promise<void> {
  const { data, info } = await sharp(file('n0')).greyscale().raw().toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  await sharp(Buffer.from(data.map(curve)), { raw: { width, height, channels: 1 } })
    .png()
    .toFile(file(id));
}

paintPictures();
beforeAll(async () => {
  const original = sharp(file('n0'));
  await original.clone().jpeg({ quality: 40 }).toFile(inFolder('pressed.jpg'));
  await original.clone().linear(0.7, 40).png().toFile(file('bright'));
  await curved('gamma', (value) => 255 * (value / 255) ** 4);
  await curved('windowed', (value) => Math.min(255, Math.max(0, 2.2 * (value - 58))));
  await curved('darkened', (value) => Math.max(0, value - 70));
  await original.clone().clahe({ width: 40, height: 40, maxSlope: 4 }).png().toFile(file('equalised'));
  await original.clone().blur(1.5).png().toFile(file('blurred'));
  for (const degrees of [1, 3, 5]) {
    const turned = await original.clone().rotate(degrees, { background: '#333' }).toBuffer();
    const { width = 0 } = await sharp(turned).metadata();
    const left = Math.floor((width - 200) / 2);
    await sharp(turned)
      .extract({ left, top: left, width: 200, height: 200 })
      .flop(degrees === 5)
      .png()
      .toFile(file(`tilted${degrees}`));
  }
  await original
    .clone()
    .negate()
    .extend({ top: 40, bottom: 40, background: '#000' })
    .png()
    .toFile(file('boxed'));
  const label = { create: { width: 60, height: 20, channels: 3, background: '#fff' } } as const;
  await original
    .clone()
    .composite([{ input: label, left: 0, top: 0 }])
    .png()
    .toFile(file('labelled'));
  await original.clone().flop().png().toFile(file('mirrored'));
  await original.clone().rotate(90).jpeg({ quality: 70 }).toFile(inFolder('turned.jpg'));
  await original.clone().rotate(180).resize(150, 150).png().toFile(file('reversed'));
  await original.clone().flip().rotate(90).png().toFile(file('both'));
  await original.clone().negate().png().toFile(file('inverted'));
  await original.clone().negate().flip().png().toFile(file('film'));
});

describe('duplicates', () => {
  it.each([
    ['rescaled', () => record('small', { split: 'test' })],
    ['compressed', () => record('pressed', { split: 'test', path: inFolder('pressed.jpg') })],
    ['brighter', () => record('bright', { split: 'test' })],
    ['of another gamma', () => record('gamma', { split: 'test' })],
    ['of another window', () => record('windowed', { split: 'test' })],
    ['darkened past black', () => record('darkened', { split: 'test' })],
    ['equalised place by place', () => record('equalised', { split: 'test' })],
    ['blurred', () => record('blurred', { split: 'test' })],
    ['tilted by a degree', () => record('tilted1', { split: 'test' })],
    ['labelled in a corner', () => record('labelled', { split: 'test' })],
  ])('are found when %s, and nothing else is', async (_, copy) => {
    const { findings } = await look([archiveOf([...originals(), copy()])], 'near-duplicates');
    expect(findings.map(({ images, severity }) => [images.map(({ id }) => id), severity])).toEqual([
      [['n0', copy().id], 'error'],
    ]);
    expect(findings[0]!.message).toContain('across train and test');
  });

  it.each([
    ['mirrored left to right', 'mirrored', 'mirrored.png'],
    ['turned by 90 degrees', 'turned', 'turned.jpg'],
    ['turned by 180 degrees', 'reversed', 'reversed.png'],
    ['mirrored and turned by 90 degrees', 'both', 'both.png'],
    ['inverted', 'inverted', 'inverted.png'],
    ['mirrored top to bottom, inverted', 'film', 'film.png'],
    ['tilted by a few degrees', 'tilted3', 'tilted3.png'],
    ['mirrored left to right, tilted by a few degrees', 'tilted5', 'tilted5.png'],
    ['inverted', 'boxed', 'boxed.png'],
  ])('are found when %s', async (how, id, name) => {
    const copy = record(id, { split: 'test', path: inFolder(name) });
    const { findings } = await look([archiveOf([...originals(), copy])], 'near-duplicates');
    expect(findings.map(({ images, message }) => [images.map((image) => image.id), message])).toEqual([
      [['n0', id], `nearly the same picture twice across train and test, ${how}`],
    ]);
  });

  it.each([
    ['side by side', 2, (i: number) => ({ left: 210 * i, top: 0 }), 'n0', ''],
    ['above each other', 2, (i: number) => ({ left: 20, top: 215 * i }), 'n0', ''],
    ['mirrored', 2, (i: number) => ({ left: 10 + 230 * i, top: 5 }), 'mirrored', ', mirrored left to right'],
    ['in a grid', 3, (i: number) => ({ left: 208 * (i % 2), top: 208 * Math.floor(i / 2) }), 'n0', ''],
  ])('are found as one of several pictures %s', async (_, count, place, id, how) => {
    const places = Array.from({ length: count }, (_, i) => place(i));
    const sheet = async (name: string, ids: readonly string[]) => {
      const inputs = places.map((at, i) => ({ input: file(ids[i]!), ...at }));
      const [width, height] = (['left', 'top'] as const).map(
        (key) => 200 + Math.max(...places.map((at) => at[key])),
      );
      await sharp({ create: { width: width!, height: height!, channels: 3, background: '#fff' } })
        .composite(inputs)
        .png()
        .toFile(file(name));
    };
    await sheet('sheet', ['n5', id, 'n6']);
    await sheet('others', ['n2', 'n3', 'n4']);
    const records = [...originals().slice(0, 2), record('sheet', { split: 'test' }), record('others')];
    const { findings } = await look([archiveOf(records)], 'near-duplicates');
    expect(findings.map(({ images, message }) => [images.map((image) => image.id), message])).toEqual([
      [['n0', 'sheet'], `nearly the same picture twice across train and test, as one of several on it${how}`],
    ]);
  });

  it.each([1, 3, 5])('are found when tilted by %i degrees, whichever comes first', async (degrees) => {
    const copy = record(`tilted${degrees}`, { split: 'test' });
    const { findings } = await look([archiveOf([copy, ...originals()])], 'near-duplicates');
    expect(findings.map(({ images }) => images.map(({ id }) => id))).toEqual([[copy.id, 'n0']]);
  });

  it('are named with labels that contradict each other, within a set', async () => {
    const box = { label: 'a', x: 1, y: 1, width: 20, height: 20 };
    const told = async (copy: Partial<ImageRecord>, id = 'small') => {
      const records = [record('n0', { patient: 'x', boxes: [box] }), record(id, { patient: 'x', ...copy })];
      const only = id === 'same' ? 'exact-duplicates' : 'near-duplicates';
      const { findings } = await look([archiveOf(records)], only);
      return findings.map(({ severity, message }) => `${severity}: ${message}`)[0];
    };
    const near = 'nearly the same picture twice of one patient';
    expect(await told({ boxes: [box, box] })).toBe(`note: ${near}`);
    expect(await told({})).toBe(`warning: ${near}, but labelled a and nothing`);
    expect(await told({ findings: ['b', 'a'] })).toBe(`warning: ${near}, but labelled a and a + b`);
    expect(await told({ annotated: false })).toBe(`note: ${near}`);
    expect(await told({}, 'mirrored')).toContain('mirrored left to right, but labelled a and nothing');
    expect(await told({}, 'same')).toBe(
      'warning: the same picture twice of one patient, but labelled a and nothing',
    );
    const others = [archiveOf([record('n0', { boxes: [box] })]), archiveOf([record('same')], { name: 'b' })];
    const { findings } = await look(others, 'exact-duplicates');
    expect(findings[0]!.message).toBe('the same picture twice across made and b');
  });

  it('are exact where only the file differs, and then not near as well', async () => {
    const archives = [archiveOf(originals()), archiveOf([record('same')], { name: 'other' })];
    const { findings } = await look(archives, 'exact-duplicates');
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      severity: 'error',
      message: 'the same picture twice across made and other',
    });
    expect((await look(archives, 'near-duplicates')).findings).toEqual([]);
  });

  it('of one patient in one split are a note, of two patients a warning', async () => {
    const severity = async (patient: string) => {
      const records = [record('n0', { patient: 'x' }), record('small', { patient })];
      return (await look([archiveOf(records)], 'near-duplicates')).findings[0]!.severity;
    };
    expect(await severity('x')).toBe('note');
    expect(await severity('y')).toBe('warning');
  });

  const svg = (shapes: string) => Buffer.from(`<svg width="240" height="240">${shapes}</svg>`);
  it.skipIf(!sharedIsThere).each([
    ['bars', '<path d="M0 0h240v30h-240z"/><path d="M0 216h240v24h-240z" fill="#777"/>'],
    [
      'boxes at its corners',
      '<path d="M0 0h65v38h-65zM175 0h65v38h-65zM0 202h65v38h-65zM175 202h65v38h-65z"/>',
    ],
    [
      'a round shutter',
      '<path fill-rule="evenodd" d="M0 0h240v240h-240zM120 5a115 115 0 0 0 0 230a115 115 0 0 0 0-230z"/>',
    ],
  ])('are found behind %s', async (_, shapes) => {
    const folder = sharedPath('data', 'cxr_lungboxes', 'images');
    const paths = (await readdir(folder)).sort().slice(0, 6);
    const records = paths.map((name, i) => record(`c${i}`, { path: join(folder, name), split: 'train' }));
    const path = inFolder('covered.png');
    const whole = await sharp(records[2]!.path).resize(240, 240, { fit: 'fill' }).toBuffer();
    await sharp(whole)
      .composite([{ input: svg(shapes) }])
      .png()
      .toFile(path);
    const copy = record('covered', { path, split: 'test' });
    const archive = { archive: archiveOf([...records, copy]) };
    const request = { decode: decodeFile, only: ['near-duplicates'] };
    const { findings } = await audit([archive], request, quietly);
    expect(findings.map(({ images }) => images.map(({ id }) => id))).toEqual([['c2', 'covered']]);
  });

  it.skipIf(!sharedIsThere).each([
    ['lower', 0.5, 1],
    ['upper', 0, 0.5],
  ])('are found where a window saturates the %s half of the grey values', async (_, low, high) => {
    const folder = sharedPath('data', 'cxr_lungboxes', 'images');
    const paths = (await readdir(folder)).sort().slice(20, 26);
    const records = paths.map((name, i) => record(`c${i}`, { path: join(folder, name), split: 'train' }));
    const grey = sharp(records[4]!.path).toColourspace('b-w').raw();
    const { data, info } = await grey.toBuffer({ resolveWithObject: true });
    const sorted = Uint8Array.from(data).sort();
    const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]!;
    const [black, white] = [at(low), at(high)];
    const path = inFolder('saturated.png');
    const shown = data.map((value) => Math.min(255, Math.max(0, (255 * (value - black)) / (white - black))));
    await sharp(Buffer.from(shown), { raw: { ...info } })
      .png()
      .toFile(path);
    const archive = archiveOf([...records, record('saturated', { path, split: 'test' })]);
    const request = { decode: decodeFile, only: ['near-duplicates'] };
    const { findings } = await audit([{ archive }], request, quietly);
    expect(findings.map(({ images }) => images.map(({ id }) => id))).toEqual([['c4', 'saturated']]);
  });

  it.skipIf(!sharedIsThere).each([
    ['red', 0, false, ''],
    ['blue', 2, false, ', its blue alone'],
    ['blue', 2, true, ', its blue alone, mirrored left to right'],
  ] as const)('are found where a copy is the %s alone', async (name, channel, isMirrored, how) => {
    const folder = sharedPath('data', 'bccd', 'BCCD', 'JPEGImages');
    const paths = (await readdir(folder)).sort().filter((_, i) => i % 50 === 0);
    const records = paths.map((file, i) => record(`c${i}`, { path: join(folder, file), split: 'train' }));
    const alone = async (id: string, from: string) => {
      const path = inFolder(`${id}-${name}-${isMirrored}.jpg`);
      await sharp(from).extractChannel(channel).flop(isMirrored).jpeg({ quality: 80 }).toFile(path);
      return record(id, { path, split: 'test' });
    };
    const [copied, ...others] = records;
    const archive = archiveOf([...records, await alone('alone', copied!.path)]);
    const request = { decode: decodeFile, only: ['near-duplicates'] };
    const { findings } = await audit([{ archive }], request, quietly);
    expect(findings.map(({ images, message }) => [images.map(({ id }) => id), message])).toEqual([
      [['c0', 'alone'], `nearly the same picture twice across train and test${how}`],
    ]);
    const apart = archiveOf([...others, await alone('other', copied!.path)]);
    expect((await audit([{ archive: apart }], request, quietly)).findings).toEqual([]);
  });

  it.skipIf(!sharedIsThere)('are not different photographs in the same window of a viewer', async () => {
    const folder = sharedPath('data', 'codras_idrid', 'images');
    const panel =
      '<path d="M0 0h1024v40h-1024z" fill="#3c4250"/><path d="M0 40h150v728h-150z" fill="#23262c"/>';
    const icons = Array.from(
      { length: 14 },
      (_, i) => `<path d="M${10 + 40 * i} 8h28v24h-28z" fill="#7a8296"/>`,
    );
    const frames = [60, 180, 300, 420, 540].map(
      (y) => `<path d="M12 ${y}h126v105h-126z" fill="none" stroke="#888"/>`,
    );
    const viewer = Buffer.from(
      `<svg width="1024" height="768"><rect width="1024" height="768" fill="#0c0c0e"/>${panel}${icons.join('')}${frames.join('')}</svg>`,
    );
    const files = (await readdir(folder)).sort().slice(200, 206);
    const records = await Promise.all(
      files.map(async (name, i) => {
        const input = await sharp(join(folder, name)).resize(834, 554, { fit: 'fill' }).toBuffer();
        const path = inFolder(`viewed${i}.png`);
        await sharp(viewer)
          .composite([{ input, left: 175, top: 130 }])
          .png()
          .toFile(path);
        return record(`viewed${i}`, { path });
      }),
    );
    const request = { decode: decodeFile, only: ['near-duplicates'] };
    expect((await audit([{ archive: archiveOf(records) }], request, quietly)).findings).toEqual([]);
  });

  const smooth: Readonly<Record<string, (x: number, y: number, i: number) => number>> = {
    slopes: (x, y, i) => 127 + 120 * ((x - 0.5) * Math.cos(i) + (y - 0.5) * Math.sin(i)),
    'single blobs': (x, y, i) =>
      255 * Math.exp(-((x - 0.3 - 0.07 * i) ** 2 + (y - 0.6 + 0.04 * i) ** 2) / (0.01 + 0.01 * i)),
    cones: (x, y, i) => 255 * (1 - Math.hypot(x - 0.3 - 0.06 * i, y - 0.5)),
  };
  it.each(Object.keys(smooth))('are not smooth %s', async (name) => {
    const side = 256;
    const records = await Promise.all(
      Array.from({ length: 6 }, async (_, i) => {
        const values = Uint8Array.from({ length: side * side }, (_, k) =>
          Math.min(255, Math.max(0, smooth[name]!((k % side) / side, Math.floor(k / side) / side, i))),
        );
        const id = `${name.replace(' ', '')}${i}`;
        await sharp(values, { raw: { width: side, height: side, channels: 1 } })
          .png()
          .toFile(file(id));
        return record(id);
      }),
    );
    const request = { decode: decodeFile, only: ['near-duplicates', 'cropped-duplicates'] };
    expect((await audit([{ archive: archiveOf(records) }], request, quietly)).findings).toEqual([]);
  });

  it.skipIf(!sharedIsThere)(
    'are all the IDRiD images that two published sets share, and two eyes photographed twice',
    { timeout: 300_000 },
    async () => {
      const codras = await readArchive('codras', sharedPath('data', 'codras_idrid'), {}, quietly);
      const idrid = await readArchive('idrid', sharedPath('data', 'idrid_segmentation'), {}, quietly);
      const { findings } = await look([codras, idrid], 'near-duplicates');
      const found = findings
        .filter(({ images }) => images[0]!.dataset !== images[1]!.dataset)
        .map(({ images }) => images.map(({ id }) => id).join(' '));
      const table = await readFile(sharedPath('data', 'codras_idrid', 'manifest.csv'), 'utf8');
      const [header, ...rows] = table
        .trim()
        .split(/\r?\n/)
        .map((line) => line.split(','));
      const [image, match] = [header!.indexOf('codras'), header!.indexOf('seg_matches')];
      const answer = rows
        .filter((row) => row[match] !== '')
        .map((row) => `${row[image]} ${row[match]}`.replaceAll('.jpg', ''));
      expect(answer).toHaveLength(42);
      // Other exposures of one eye: the vessels, the lesions and the scars are the same.
      const eyes = ['0306 IDRiD_39', '0338 IDRiD_26'];
      expect(found.sort()).toEqual([...answer, ...eyes].sort());
    },
  );
});
