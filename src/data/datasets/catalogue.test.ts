import { describe, expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import type { Archive } from '../record.js';
import { readArchive } from './catalogue.js';

const boxesOf = (archive: Archive, label: string) =>
  archive.records.reduce((sum, record) => sum + record.boxes.filter((box) => box.label === label).length, 0);
const imagesWith = (archive: Archive, label: string) =>
  archive.records.filter((record) => record.boxes.some((box) => box.label === label)).length;
const problemsOf = (archive: Archive, kind: string) => archive.problems.filter((one) => one.kind === kind);

describe.skipIf(!sharedIsThere)('the real archives', () => {
  it('BCCD has the counts that its description states', async () => {
    const bccd = await readArchive('bccd', sharedPath('data', 'bccd'), {}, quietly);
    const degenerate = problemsOf(bccd, 'degenerate');
    expect(bccd.records).toHaveLength(364);
    expect(boxesOf(bccd, 'RBC') + degenerate.length).toBe(4155);
    expect(boxesOf(bccd, 'WBC')).toBe(372);
    expect(boxesOf(bccd, 'Platelets')).toBe(361);
    expect(imagesWith(bccd, 'Platelets')).toBe(201);
    expect(364 - imagesWith(bccd, 'RBC')).toBe(15);
    expect(degenerate.map(({ image }) => image)).toEqual(['BloodImage_00338', 'BloodImage_00343']);
    expect(bccd.problems).toHaveLength(2);
    const splits = ['train', 'validation', 'test'].map(
      (split) => bccd.records.filter((r) => r.split === split).length,
    );
    expect(splits).toEqual([205, 87, 72]);
  });

  it('BCCD read without any code has the same boxes but for their convention', async () => {
    const given = {
      format: 'voc',
      images: 'JPEGImages',
      annotations: 'Annotations',
      ids: 'files',
      corners: 'corners',
    };
    const own = await readArchive('folder', sharedPath('data', 'bccd', 'BCCD'), given, quietly);
    const bccd = await readArchive('bccd', sharedPath('data', 'bccd'), {}, quietly);
    expect(own.records.map(({ boxes }) => boxes)).toEqual(bccd.records.map(({ boxes }) => boxes));
  });

  it('CODRAS has the counts that its description states', async () => {
    const codras = await readArchive('codras', sharedPath('data', 'codras_idrid'), {}, quietly);
    expect(codras.records).toHaveLength(393);
    expect(imagesWith(codras, 'hard_exudates')).toBe(164);
    expect(problemsOf(codras, 'missing-annotation')).toHaveLength(2);
    expect(codras.records.filter((record) => record.annotated === false)).toHaveLength(2);
    expect(codras.records[0]).toMatchObject({
      id: '0002',
      width: 768,
      height: 510,
      attributes: { dr_grade: 4, dme: 0 },
    });
    expect(codras.findings).toEqual(['optic_disc', 'hard_exudates', 'haemorrhage']);
  });

  it('IDRiD has 54 images, and not every lesion in each', async () => {
    const idrid = await readArchive('idrid', sharedPath('data', 'idrid_segmentation'), {}, quietly);
    expect(idrid.records).toHaveLength(54);
    const withFinding = idrid.findings.map(
      (name) => idrid.records.filter((r) => r.findings?.includes(name)).length,
    );
    expect(withFinding).toEqual([54, 53, 54, 26, 54]);
    expect(idrid.problems).toEqual([]);
  });

  it('the lung boxes are of 113 images of 63 patients, a pair of lungs in each', async () => {
    const lungs = await readArchive('cxr-lungs', sharedPath('data', 'cxr_lungboxes'), {}, quietly);
    expect(lungs.records).toHaveLength(113);
    expect(new Set(lungs.records.map(({ patient }) => patient)).size).toBe(63);
    expect([boxesOf(lungs, 'Left Lung'), boxesOf(lungs, 'Right Lung')]).toEqual([113, 113]);
    expect(lungs.problems).toEqual([]);
  });
});
