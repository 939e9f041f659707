import { describe, expect, it } from 'vitest';
import { brief, hash, read, record, shown } from '../../testing/archive.js';

describe('CheXlocalize', () => {
  const key = 'patient64541_study1_view1_frontal';
  const masks = {
    Cardiomegaly: { size: [9, 10], counts: '61X13mN000`0' },
    Edema: { size: [9, 10], counts: [90] },
  };
  const files = (content: unknown = { [key]: masks, patient1_study1_view1_frontal: masks }) => ({
    'CheXpert/val/patient64541/study1/view1_frontal.jpg': '',
    'CheXpert/val/patient64542/study1/view1_frontal.jpg': '',
    'CheXpert/val_labels.csv':
      'Path,No Finding,Cardiomegaly,Lung Opacity,Edema\nCheXpert-v1.0/valid/patient64541/study1/view1_frontal.jpg,0,1.0,1,0\nCheXpert-v1.0/valid/patient64542/study1/view1_frontal.jpg,1,0,0,0\n',
    'CheXlocalize/gt_segmentations_val.json': JSON.stringify(content),
  });

  it('reads masks, drops empty ones, and takes the patient from the name', async () => {
    const archive = await read('chexlocalize', files());
    const one = record(archive, `${hash('patient64541')}-study1_view1_frontal`);
    expect(one).toMatchObject({
      patient: hash('patient64541'),
      width: 10,
      height: 9,
      findings: ['Cardiomegaly', 'Airspace Opacity'],
      split: 'validation',
    });
    expect(one.regions).toEqual([
      { kind: 'runs', label: 'Cardiomegaly', runs: [6, 1, 47, 4, 56, 4, 65, 4], order: 'columns' },
    ]);
    const normal = record(archive, `${hash('patient64542')}-study1_view1_frontal`);
    expect(normal).toMatchObject({ findings: [], regions: [] });
    expect(brief(archive)).toEqual([[`${hash('patient1')}-study1_view1_frontal`, 'missing-image']]);
    expect(shown(archive)).not.toMatch(/patient\d/);
  });

  it('refuses unknown findings and malformed masks without patient names', async () => {
    for (const [content, message] of [
      [{ [key]: { Masses: masks.Edema } }, "image 1: unknown finding 'Masses'; it takes Enlarged"],
      [{ 'somebody.jpg': masks }, 'image 1: its name is not of the form'],
      [{ [key]: { Edema: { size: [9, 10], counts: [3] } } }, 'image 1, Edema: run-length counts add up to 3'],
      [[], 'got []; it takes an object'],
    ] as const) {
      const failed = await read('chexlocalize', files(content)).catch((error: Error) => error.message);
      expect(failed).toContain(message);
      expect(failed).not.toMatch(/patient6|somebody/);
    }
    await expect(read('chexlocalize', { 'a.jpg': '' })).rejects.toThrow(
      'gt_segmentations_test.json not found',
    );
  });
});
