import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { brief, hash, read, record, shown } from '../../testing/archive.js';

describe('RSNA pneumonia', () => {
  const files = {
    'stage_2_train_images/aaaa-1.dcm': '',
    'stage_2_train_images/bbbb-2.dcm': '',
    'stage_2_train_images/dddd-4.dcm': '',
    'stage_2_train_labels.csv':
      'patientId,x,y,width,height,Target\naaaa-1,264.0,152.0,213.0,379.0,1\naaaa-1,562.0,152.0,256.0,453.0,1\nbbbb-2,,,,,0\ncccc-3,,,,,0\ndddd-4,1000,0,100,20,1\n',
    'stage_2_detailed_class_info.csv':
      'patientId,class\naaaa-1,Lung Opacity\naaaa-1,Lung Opacity\nbbbb-2,No Lung Opacity / Not Normal\ncccc-3,Normal\ndddd-4,Normal\n',
  };

  it('has a record for each patient with its boxes and class', async () => {
    const archive = await read('rsna-pneumonia', files);
    const one = record(archive, hash('aaaa-1'));
    expect(one).toMatchObject({ patient: one.id, width: 1024, height: 1024, findings: ['Lung Opacity'] });
    expect(one.boxes).toEqual([
      { label: 'Lung Opacity', x: 264, y: 152, width: 213, height: 379 },
      { label: 'Lung Opacity', x: 562, y: 152, width: 256, height: 453 },
    ]);
    expect(one.path.endsWith('stage_2_train_images/aaaa-1.dcm')).toBe(true);
    const two = record(archive, hash('bbbb-2'));
    expect(two).toMatchObject({
      boxes: [],
      findings: [],
      attributes: { class: 'No Lung Opacity / Not Normal' },
    });
    expect(brief(archive).sort()).toEqual(
      [
        [hash('cccc-3'), 'missing-image'],
        [hash('dddd-4'), 'clipped'],
        [hash('dddd-4'), 'inconsistent'],
      ].sort(),
    );
  });

  it('names no option that it lacks where places do not fit', async () => {
    const picture = await sharp({ create: { width: 1024, height: 1024, channels: 3, background: '#888' } })
      .png()
      .toBuffer();
    const near = 'patientId,x,y,width,height,Target\naaaa-1,5,6,10,12,1\nbbbb-2,35,20,8,10,1\n';
    const found = read('rsna-pneumonia', {
      ...files,
      'stage_2_train_images/aaaa-1.dcm': picture,
      'stage_2_train_images/bbbb-2.dcm': picture,
      'stage_2_train_labels.csv': near,
    });
    await expect(found).rejects.toThrow(/percentages of the picture \(size 100x100\), not pixels$/);
  });

  it('shows no patient', async () => {
    expect(shown(await read('rsna-pneumonia', files))).not.toMatch(/aaaa|bbbb|cccc|dddd/);
  });

  it('names the file that is missing or the column that it lacks', async () => {
    const { 'stage_2_detailed_class_info.csv': _, ...rest } = files;
    await expect(read('rsna-pneumonia', rest)).rejects.toThrow(/stage_2_detailed_class_info\.csv: not found/);
    const wrong = { ...files, 'stage_2_train_labels.csv': 'patient,x\n1,2\n' };
    await expect(read('rsna-pneumonia', wrong)).rejects.toThrow(/columns 'patientId', 'y'.* are missing/);
  });
});
