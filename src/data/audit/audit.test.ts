import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import { readArchive } from '../datasets/catalogue.js';
import type { Archive, ImageRecord } from '../record.js';
import { audit, auditTable, checks, drawSheets } from './index.js';

let root: string;
const decode = () => Promise.reject(new Error('not to be decoded'));

/** A synthetic image of smooth shapes and noise; each seed gives another. */
async function photo(id: string, seed: number, side = 200): Promise<void> {
  const random = seededRandom(seed);
  const blobs = Array.from(
    { length: 90 },
    () => [random.uniform(), random.uniform(), 40 + 1500 * random.uniform() ** 2] as const,
  );
  const values = Buffer.alloc(side * side);
  for (let i = 0; i < values.length; i++) {
    const [x, y] = [(i % side) / side, Math.floor(i / side) / side];
    let value = 60;
    for (const [u, v, k] of blobs) value += 70 * Math.exp(-k * ((x - u) ** 2 + (y - v) ** 2));
    values[i] = Math.min(175, value + 3 * random.normal());
  }
  await sharp(values, { raw: { width: side, height: side, channels: 1 } })
    .png()
    .toFile(file(id));
}

/** Writes the first picture with its intensities changed by a curve. */
async function curved(id: string, curve: (value: number) => number): Promise<void> {
  const { data, info } = await sharp(file('n0')).greyscale().raw().toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  await sharp(Buffer.from(data.map(curve)), { raw: { width, height, channels: 1 } })
    .png()
    .toFile(file(id));
}

const file = (id: string) => join(root, `${id}.png`);

function record(id: string, more: Partial<ImageRecord> = {}): ImageRecord {
  return { id, patient: `p-${id}`, path: file(id), boxes: [], regions: [], ...more };
}

function archiveOf(records: readonly ImageRecord[], more: Partial<Archive> = {}): Archive {
  return { name: 'made', findings: ['a'], records, problems: [], ...more };
}

const look = (archives: readonly Archive[], only: string, options = {}) =>
  audit(
    archives.map((archive) => ({ archive })),
    { decode, only: [only], options: { [only]: options } },
    quietly,
  );

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'audit-'));
  for (let i = 0; i < 8; i++) await photo(`n${i}`, i);
  const original = sharp(file('n0'));
  await original.clone().resize(137, 137, { fit: 'fill' }).png().toFile(file('small'));
  await original.clone().jpeg({ quality: 40 }).toFile(join(root, 'pressed.jpg'));
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
  await original.clone().png({ compressionLevel: 1 }).toFile(file('same'));
  await original.clone().flop().png().toFile(file('mirrored'));
  await original.clone().rotate(90).jpeg({ quality: 70 }).toFile(join(root, 'turned.jpg'));
  await original.clone().rotate(180).resize(150, 150).png().toFile(file('reversed'));
  await original.clone().flip().rotate(90).png().toFile(file('both'));
  await original.clone().negate().png().toFile(file('inverted'));
  await original.clone().negate().flip().png().toFile(file('film'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const originals = () => Array.from({ length: 8 }, (_, i) => record(`n${i}`, { split: 'train' }));

describe('duplicates', () => {
  it.each([
    ['rescaled', () => record('small', { split: 'test' })],
    ['compressed', () => record('pressed', { split: 'test', path: join(root, 'pressed.jpg') })],
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
    const copy = record(id, { split: 'test', path: join(root, name) });
    const { findings } = await look([archiveOf([...originals(), copy])], 'near-duplicates');
    expect(findings.map(({ images, message }) => [images.map((image) => image.id), message])).toEqual([
      [['n0', id], `nearly the same picture twice across train and test, ${how}`],
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

describe('checks without pixels', () => {
  it('find patients in several splits', async () => {
    const records = [
      record('n0', { patient: 'x', split: 'train' }),
      record('n1', { patient: 'x', split: 'test' }),
      record('n2', { patient: 'y', split: 'test' }),
      record('n3', { patient: 'y', split: 'test' }),
    ];
    const { findings } = await look([archiveOf(records)], 'patient-across-splits');
    expect(findings).toHaveLength(1);
    expect(findings[0]!.images.map(({ id }) => id)).toEqual(['n0', 'n1']);
    const splits = new Map(records.map(({ id }) => [id, 'train' as const]));
    const given = { archive: archiveOf(records), splits };
    const again = await audit([given], { decode, only: ['patient-across-splits'] }, quietly);
    expect(again.findings).toEqual([]);
  });

  it('find bad boxes, those that readers set aside included', async () => {
    const box = { label: 'a', x: 10, y: 10, width: 20, height: 20 };
    const boxes = [box, { ...box, width: 0 }, { ...box, x: 300 }, { ...box, y: 190 }, { ...box, x: 180.5 }];
    const archive = archiveOf([record('n0', { boxes, width: 200, height: 200 })], {
      problems: [{ image: 'n9', kind: 'outside', problem: 'box far away' }],
    });
    const { findings } = await look([archive], 'boxes');
    expect(findings.map(({ message, severity }) => `${severity}: ${message}`)).toEqual([
      'error: box far away',
      "warning: a box 'a' has no area",
      "error: a box 'a' lies outside its image of 200x200 pixels",
      "note: a box 'a' reaches 10.0 pixels beyond its image",
    ]);
  });

  it('find labels without marks, marks without labels, and grades without either', async () => {
    const box = { label: 'a', x: 1, y: 1, width: 2, height: 2 };
    const records = [
      record('n0', { findings: ['a'], boxes: [box] }),
      record('n1', { findings: ['a'] }),
      record('n2', { findings: [], boxes: [box] }),
      record('n3', { findings: ['a'], annotated: false }),
      record('n4', { annotated: false }),
      record('n5', { attributes: { grade: 3 } }),
      record('n6', { attributes: { grade: 1 } }),
    ];
    const { findings } = await look([archiveOf(records)], 'label-noise', { graded: 'grade >= 2' });
    expect(findings.map(({ images, message }) => `${images[0]!.id} ${message}`)).toEqual([
      "n1 'a' is stated but marked nowhere",
      "n2 'a' is marked but not stated",
      'n4 nobody annotated this image',
      'n5 grade is 3, but nothing is marked',
    ]);
    await expect(look([archiveOf(records)], 'label-noise', { graded: 'grade' })).rejects.toThrow(
      'attribute>=number',
    );
  });
});

describe('grades that marks contradict', () => {
  const box = (label: string) => ({ label, x: 1, y: 1, width: 2, height: 2 });
  const graded = () => [
    record('n0', { attributes: { grade: 2 }, boxes: [box('disc')] }),
    record('n1', { attributes: { grade: 4 }, boxes: [box('disc'), box('lesion')] }),
    record('n2', { attributes: { grade: 0 }, boxes: [box('lesion')] }),
    record('n3', { attributes: { grade: 1 } }),
    record('n4', { boxes: [box('lesion')] }),
  ];
  const told = async (archive: Archive, options = {}) =>
    (await look([archive], 'label-noise', options)).findings.map(
      ({ images, message }) => `${images[0]!.id} ${message}`,
    );
  const grading = { attribute: 'grade', findings: ['lesion'], shown: 2, bare: 0 };

  it('are found by what the data set says of them', async () => {
    expect(await told(archiveOf(graded()))).toEqual([]);
    expect(await told({ ...archiveOf(graded()), grading })).toEqual([
      'n0 grade is 2, but no lesion is marked',
      'n2 grade is 0, but lesion is marked',
    ]);
  });

  it('are found by what is asked for', async () => {
    expect(await told(archiveOf(graded()), { graded: 'grade>=2' })).toEqual([]);
    expect(await told(archiveOf(graded()), { graded: 'grade >= 1: lesion, spot' })).toEqual([
      'n0 grade is 2, but no lesion or spot is marked',
      'n3 grade is 1, but no lesion or spot is marked',
    ]);
  });

  it.skipIf(!sharedIsThere)('are found in the real set of fundus photographs', async () => {
    const codras = await readArchive('codras', sharedPath('data', 'codras_idrid'), {}, quietly);
    const lines = (await readFile(sharedPath('data', 'codras_idrid', 'manifest.csv'), 'utf8'))
      .trim()
      .split('\n');
    const columns = lines[0]!.split(',');
    const at = (row: string[], name: string) => row[columns.indexOf(name)]!;
    const want = lines.slice(1).flatMap((line) => {
      const row = line.split(',');
      const lesions = Number(at(row, 'n_hard_exudates')) + Number(at(row, 'n_haemorrhage'));
      const grade = Number(at(row, 'dr_grade'));
      return (grade >= 2 && lesions === 0) || (grade === 0 && lesions > 0)
        ? [at(row, 'codras').replace('.jpg', '')]
        : [];
    });
    const found = (await told(codras)).map((line) => line.split(' ')[0]);
    expect(want).toHaveLength(43);
    expect(found.sort()).toEqual(want.sort());
  });
});

describe('checks of pixels', () => {
  it('find letters near the border, and where they are', async () => {
    const values = Buffer.alloc(200 * 200, 40);
    const letter = (left: number, top: number) => {
      for (let y = 0; y < 12; y++)
        for (let x = 0; x < 8; x++) if (x < 2 || y > 9) values[(top + y) * 200 + left + x] = 250;
    };
    letter(170, 12);
    letter(100, 100);
    await sharp(values, { raw: { width: 200, height: 200, channels: 1 } })
      .png()
      .toFile(file('marked'));
    const { findings } = await look([archiveOf([...originals(), record('marked')])], 'burned-in-text');
    expect(findings).toHaveLength(1);
    expect(findings[0]!.images[0]!.places).toEqual([{ x: 170, y: 12, width: 8, height: 12 }]);
  });

  it('find a split that is brighter, and none where splits are alike', async () => {
    const site = async (shift: number) => {
      const records: ImageRecord[] = [];
      for (let i = 0; i < 24; i++) {
        const id = `site${shift}-${i}`;
        const random = seededRandom(i);
        const level = 80 + 10 * random.normal() + (i % 3 === 0 ? shift : 0);
        const values = Buffer.from(Array.from({ length: 400 }, () => level + 9 * random.normal()));
        await sharp(values, { raw: { width: 20, height: 20, channels: 1 } })
          .png()
          .toFile(file(id));
        records.push(record(id, { split: i % 3 === 0 ? 'test' : 'train' }));
      }
      return (await look([archiveOf(records)], 'shifted-intensity')).findings;
    };
    expect(await site(0)).toEqual([]);
    const found = await site(40);
    expect(found.map(({ message }) => message.replace(/[\d.]+$/, ''))).toContain(
      "the split 'test' of made differs in intensity from the rest by ",
    );
    expect(Math.abs(found[0]!.score! - 40 / 255)).toBeLessThan(0.05);
  });

  it('tell of images that cannot be read, without their names', async () => {
    await writeFile(join(root, 'Doe_John.png'), 'nothing');
    const bad = record('bad', { path: join(root, 'Doe_John.png') });
    const report = await audit([{ archive: archiveOf([bad, record('n1')]) }], { decode }, quietly);
    expect(report.datasets).toEqual([{ name: 'made', images: 2, unreadable: 1 }]);
    expect(report.findings.map(({ check }) => check)).toEqual(['archive-problems']);
    expect(JSON.stringify(report)).not.toMatch(/Doe|John/);
  });
});

describe('the report', () => {
  it('names every check, knows no unknown one, and is the same every time', async () => {
    const inputs = [{ archive: archiveOf([...originals(), record('small', { split: 'test' })]) }];
    const report = await audit(inputs, { decode }, quietly);
    expect(report.checks.map(({ name }) => name)).toEqual(Object.keys(checks));
    expect(await audit(inputs, { decode }, quietly)).toEqual(report);
    expect(auditTable(report)).toMatch(/near-duplicates +1 +0 +0/);
    await expect(look([], 'near-duplicate')).rejects.toThrow("did you mean 'near-duplicates'");
    await expect(look([archiveOf([])], 'near-duplicates', { bits: 99 })).rejects.toThrow("'bits'");
  });

  it('draws sheets of the images of a finding, with frames', async () => {
    const box = { label: 'a', x: 190, y: 150, width: 60, height: 40 };
    const records = [...originals(), record('small', { split: 'test' }), record('same', { boxes: [box] })];
    const inputs = [{ archive: archiveOf(records) }];
    const report = await audit(
      inputs,
      { decode, only: ['boxes', 'near-duplicates', 'burned-in-text'] },
      quietly,
    );
    const paths = await drawSheets(inputs, report, decode, join(root, 'sheets'), quietly);
    expect(paths.map((path) => path.slice(-10))).toEqual(['/boxes.png', 'icates.png']);
    const { data, info } = await sharp(paths[0]!).raw().toBuffer({ resolveWithObject: true });
    const yellow = Array.from({ length: info.width * info.height }, (_, i) =>
      data.subarray(3 * i, 3 * i + 3),
    ).filter(([r, g, b]) => r! > 140 && g! > 120 && b! < 90);
    expect(yellow.length).toBeGreaterThan(20);
    expect(Object.keys(await sharp(paths[1]!).metadata())).not.toContain('exif');
  });
});
