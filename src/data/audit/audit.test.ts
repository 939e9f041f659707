import { readFile, writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import {
  archiveOf,
  decode,
  file,
  inFolder,
  look,
  originals,
  paintPictures,
  record,
} from '../../testing/audited-pictures.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import { readArchive } from '../datasets/catalogue.js';
import type { Archive, ImageRecord } from '../record.js';
import { audit, auditTable, checks, drawSheets } from './index.js';

paintPictures();

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
    const tiles = { archive: archiveOf(records), parts: { unit: 'tile', of: 2 } } as const;
    const [found] = (await audit([tiles], { decode, only: ['patient-across-splits'] }, quietly)).findings;
    expect(found!.message).toBe('2 tiles of one patient are in train and test');
  });

  it('find patients that two sets share, but no images that are their own', async () => {
    const records = (set: string) => [
      record(`${set}0`, { patient: 'x' }),
      record(`${set}1`, { patient: 'x' }),
      record(`${set}2`, { patient: `${set}y` }),
      record('own', { patient: 'own' }),
    ];
    const sets = ['a', 'b'].map((name) => archiveOf(records(name), { name }));
    const { findings } = await look(sets, 'patient-across-splits');
    expect(findings.map(({ message }) => message)).toEqual([
      '1 identifier of patients is in both a and b: the same patients, if both sets number them alike',
    ]);
    expect(findings[0]!.images.map(({ id }) => id)).toEqual(['a1', 'b1']);
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

  it.each([
    ['white', 255, 150],
    ['black', 0, 140],
    ['black', 5, 250],
  ])('find a word in %s (%i) on a ground of %i, but no single stroke', async (name, ink, ground) => {
    const letters = async (count: number) => {
      const values = Buffer.alloc(200 * 200, ground);
      for (let n = 0; n < count; n++)
        for (let y = 0; y < 10; y++)
          for (let x = 0; x < 7; x++) if (x < 2 || y > 7) values[(12 + y) * 200 + 20 + 10 * n + x] = ink;
      const id = `${name}${ink}-${count}`;
      await sharp(values, { raw: { width: 200, height: 200, channels: 1 } })
        .png()
        .toFile(file(id));
      return (await look([archiveOf([record(id)])], 'burned-in-text')).findings;
    };
    const [word] = await letters(5);
    expect(word!.images[0]!.places).toHaveLength(5);
    expect(await letters(1)).toEqual([]);
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
    expect(found.map(({ message }) => message.replace(/\d+/g, '1'))).toContain(
      "the split 'test' of made (1 of 1 images) differs in intensity from the rest by 1.1",
    );
    expect(Math.abs(found[0]!.score! - 40 / 255)).toBeLessThan(0.05);
  });

  it('tell of images that cannot be read, without their names', async () => {
    await writeFile(inFolder('Doe_John.png'), 'nothing');
    const bad = record('bad', { path: inFolder('Doe_John.png') });
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
    for (const name of ['near-duplicates', 'cropped-duplicates', 'burned-in-text', 'label-noise'])
      expect(auditTable(report)).toContain(`\n${name} misses `);
    expect(auditTable(report).match(/give pictures that belong together the same patient/g)).toHaveLength(1);
    const faultless = await audit([{ archive: archiveOf(originals()) }], { decode }, quietly);
    expect(auditTable(faultless)).not.toContain('belong together');
    await expect(look([], 'near-duplicate')).rejects.toThrow("did you mean 'near-duplicates'");
    await expect(look([archiveOf([])], 'near-duplicates', { bits: 99 })).rejects.toThrow("'bits'");
  });

  it('tells the leaks of all checks before anything else', async () => {
    const records = [
      ...originals(),
      record('same', { split: 'train', boxes: [{ label: 'a', x: 900, y: 0, width: 9, height: 9 }] }),
      record('small', { split: 'test' }),
      record('n1 again', { path: file('n1'), patient: 'p-n0', split: 'test' }),
    ];
    const report = await audit([{ archive: archiveOf(records) }], { decode }, quietly);
    const told = report.findings.map(({ check, severity, images }) => {
      const splits = [...new Set(images.map(({ split }) => split))];
      return `${check} ${severity} ${splits.join('-')}`;
    });
    expect(told).toEqual([
      'exact-duplicates error train-test',
      'near-duplicates error train-test',
      'near-duplicates error train-test',
      'patient-across-splits error train-test',
      expect.stringContaining('boxes error train'),
      'exact-duplicates warning train',
    ]);
    const titles = auditTable(report)
      .split('\n\n')
      .slice(2, -1)
      .map((section) => section.split('\n')[0]);
    expect(titles).toEqual([
      'exact-duplicates',
      'near-duplicates',
      'patient-across-splits',
      'boxes',
      'exact-duplicates, others',
    ]);
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
    const paths = await drawSheets(inputs, report, decode, inFolder('sheets'), quietly);
    expect(paths.map((path) => path.slice(-10))).toEqual(['/boxes.png', 'icates.png']);
    const { data, info } = await sharp(paths[0]!).raw().toBuffer({ resolveWithObject: true });
    const yellow = Array.from({ length: info.width * info.height }, (_, i) =>
      data.subarray(3 * i, 3 * i + 3),
    ).filter(([r, g, b]) => r! > 140 && g! > 120 && b! < 90);
    expect(yellow.length).toBeGreaterThan(20);
    expect(Object.keys(await sharp(paths[1]!).metadata())).not.toContain('exif');
  });
});
