import { describe, expect, it } from 'vitest';
import { brief, hash, read, record, shown } from '../../testing/archive.js';

describe('NIH ChestX-ray14', () => {
  const files = {
    'images_001/images/00000013_005.png': '',
    'images_001/images/00000013_026.png': '',
    'images_002/images/00000014_000.png': '',
    'Data_Entry_2017.csv':
      'Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],\n00000013_005.png,Emphysema|Infiltration|Pneumothorax,5,13,060Y,M,AP,3056,2544,0.139,0.139,\n00000013_026.png,Cardiomegaly,26,13,057Y,M,AP,2500,2048,0.168,0.168,\n00000014_000.png,No Finding,0,14,061Y,F,PA,2992,2991,0.143,0.143,\n00000099_000.png,No Finding,0,99,061Y,F,PA,2992,2991,0.143,0.143,\n',
    'BBox_List_2017.csv':
      'Image Index,Finding Label,Bbox [x,y,w,h],,,\n00000013_005.png,Infiltrate,225.084745762712,547.019216763771,86.7796610169491,79.1864406779661,,,\n',
    'train_val_list.txt': '00000013_005.png\n00000013_026.png\n',
    'test_list.txt': '00000014_000.png',
  };

  it('joins findings, boxes and the official split', async () => {
    const archive = await read('nih-chestxray14', files);
    expect(archive.records).toHaveLength(3);
    const boxed = record(archive, `${hash('13')}-005`);
    expect(boxed.boxes).toEqual([
      {
        label: 'Infiltration',
        x: 225.084745762712,
        y: 547.019216763771,
        width: 86.7796610169491,
        height: 79.1864406779661,
      },
    ]);
    expect(boxed).toMatchObject({
      patient: hash('13'),
      findings: ['Emphysema', 'Infiltration', 'Pneumothorax'],
      split: 'train',
      attributes: { sex: 'M', view: 'AP' },
    });
    expect('annotated' in boxed).toBe(false);
    expect(record(archive, `${hash('13')}-026`)).toMatchObject({ annotated: false, patient: hash('13') });
    expect(record(archive, `${hash('14')}-000`)).toMatchObject({ findings: [], split: 'test' });
    expect(brief(archive)).toEqual([[`${hash('99')}-000`, 'missing-image']]);
    expect(shown(archive)).not.toMatch(/000000/);
  });

  it('refuses an unknown finding and a missing box list', async () => {
    const table = files['Data_Entry_2017.csv'].replace('Emphysema', 'Emphysem');
    await expect(read('nih-chestxray14', { ...files, 'Data_Entry_2017.csv': table })).rejects.toThrow(
      "unknown finding 'Emphysem'; it takes Atelectasis,",
    );
    const { 'BBox_List_2017.csv': _, ...rest } = files;
    await expect(read('nih-chestxray14', rest)).rejects.toThrow(
      'BBox_List_2017.csv not found; expected the boxes',
    );
  });
});
