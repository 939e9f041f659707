import { describe, expect, it } from 'vitest';
import { brief, read, record } from '../../testing/archive.js';

describe('VinDr-CXR', () => {
  const files = {
    'train/im1.dicom': '',
    'train/im2.dicom': '',
    'test/im3.dicom': '',
    'annotations/annotations_train.csv':
      'image_id,rad_id,class_name,x_min,y_min,x_max,y_max\nim1,R1,Nodule/Mass,10,10,20,20\nim1,R2,Nodule/Mass,11,10,21,20\nim1,R3,Pneumothorax,50,50,60,90\nim2,R1,No finding,,,,\nim2,R2,No finding,,,,\nim2,R3,No finding,,,,\n',
    'annotations/annotations_test.csv':
      'image_id,class_name,x_min,y_min,x_max,y_max\nim3,Aortic enlargement,1,2,3,5\nim4,No finding,,,,\n',
    'annotations/image_labels_train.csv':
      'image_id,rad_id,Nodule/Mass,Pneumothorax,Aortic enlargement,No finding\nim1,R1,1,0,0,0\nim1,R2,1,0,0,0\nim1,R3,0,1,0,0\nim2,R1,0,0,0,1\nim2,R2,0,0,0,1\nim2,R3,0,0,0,1\n',
    'annotations/image_labels_test.csv':
      'image_id,Nodule/Mass,Pneumothorax,Aortic enlargement,No finding\nim3,0,0,1,0\nim4,0,0,0,1\n',
  };

  it('fuses the boxes of readers by default', async () => {
    const archive = await read('vindr-cxr', files);
    expect(record(archive, 'im1').boxes).toEqual([
      { label: 'Nodule/Mass', x: 10.5, y: 10, width: 10, height: 10 },
      { label: 'Pneumothorax', x: 50, y: 50, width: 10, height: 40 },
    ]);
    expect(record(archive, 'im1')).toMatchObject({
      findings: ['Nodule/Mass', 'Pneumothorax'],
      split: 'train',
    });
    expect(record(archive, 'im2')).toMatchObject({ boxes: [], findings: [] });
    expect(record(archive, 'im3')).toMatchObject({
      boxes: [{ label: 'Aortic enlargement', x: 1, y: 2, width: 2, height: 3 }],
      findings: ['Aortic enlargement'],
      split: 'test',
    });
    expect(archive.findings).toEqual(['Aortic enlargement', 'Nodule/Mass', 'Pneumothorax']);
    expect(brief(archive)).toEqual([['im4', 'missing-image']]);
  });

  it.each([
    ['union', [11], ['Nodule/Mass', 'Pneumothorax']],
    ['majority', [10], ['Nodule/Mass']],
    ['all', [10, 10], ['Nodule/Mass', 'Pneumothorax']],
  ])('gives with %s the boxes and findings of that rule', async (consensus, widths, findings) => {
    const one = record(await read('vindr-cxr', files, { consensus }), 'im1');
    expect(one.boxes.filter(({ label }) => label === 'Nodule/Mass').map(({ width }) => width)).toEqual(
      widths,
    );
    expect(one.findings).toEqual(findings);
    expect(one.boxes.map(({ reader }) => reader)).toEqual(
      consensus === 'all' ? ['R1', 'R2', 'R3'] : one.boxes.map(() => undefined),
    );
  });

  it('counts a degenerate box among those of readers', async () => {
    const table = `${files['annotations/annotations_train.csv']}im2,R1,Pneumothorax,5,5,5,9\n`;
    const archive = await read('vindr-cxr', { ...files, 'annotations/annotations_train.csv': table });
    expect(brief(archive)).toContainEqual(['im2', 'degenerate']);
  });

  it('refuses an unknown rule and a position that is no number', async () => {
    await expect(read('vindr-cxr', files, { consensus: 'most' })).rejects.toThrow(
      /'consensus' of vindr-cxr got "most"/,
    );
    const table = files['annotations/annotations_train.csv'].replace(
      'im1,R1,Nodule/Mass,10',
      'im1,R1,Nodule/Mass,ten',
    );
    await expect(read('vindr-cxr', { ...files, 'annotations/annotations_train.csv': table })).rejects.toThrow(
      'annotations_train.csv, row 2, column \'x_min\': "ten" is no number',
    );
  });
});
