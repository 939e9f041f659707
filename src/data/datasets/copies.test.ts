import { expect, it } from 'vitest';
import { brief, jpeg, read, record } from '../../testing/archive.js';

it('VinDr-CXR is read as Kaggle offers it, and with its training half alone', async () => {
  const image = await jpeg(100, 50);
  const rows = [
    'image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max',
    'i1,Mass,9,R1,10,5,40,30',
    'i1,Mass,9,R2,10,5,40,30',
    'i2,No finding,14,R1,,,,',
  ].join('\n');
  for (const table of ['train.csv', 'annotations/annotations_train.csv']) {
    const archive = await read('vindr-cxr', { 'train/i1.jpg': image, 'train/i2.jpg': image, [table]: rows });
    expect(record(archive, 'i1').boxes).toEqual([{ label: 'Mass', x: 10, y: 5, width: 30, height: 25 }]);
    expect(archive.findings).toEqual(['Mass']);
    expect(brief(archive)).toEqual([]);
  }
  await expect(read('vindr-cxr', { 'train/i1.jpg': image })).rejects.toThrow(
    /train\.csv as on Kaggle, not found/,
  );
});

it('a copy of VinDr-CXR in another size is refused with what to give instead', async () => {
  const image = await jpeg(100, 50);
  const boxes = Array.from({ length: 9 }, (_, i) => `i${i},Mass,9,R1,${900 + i},500,1400,900`);
  const files = Object.fromEntries(boxes.map((_, i) => [`train/i${i}.jpg`, image]));
  const table = ['image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max', ...boxes].join('\n');
  await expect(read('vindr-cxr', { ...files, 'train.csv': table })).rejects.toThrow(
    /of another size; give the images in the size in which they were published$/,
  );
});

it('RSNA is read where a table was saved again with floats', async () => {
  const archive = await read('rsna-pneumonia', {
    'stage_2_train_images/p1.jpg': await jpeg(1024, 1024),
    'stage_2_train_labels.csv': ',patientId,x,y,width,height,Target\n0,p1,100.0,200.0,300.0,400.0,1.0\n',
    'stage_2_detailed_class_info.csv': 'patientId,class\np1,Lung Opacity\n',
  });
  expect(brief(archive)).toEqual([]);
  expect(archive.records[0]).toMatchObject({ findings: ['Lung Opacity'], boxes: [{ x: 100, width: 300 }] });
});
