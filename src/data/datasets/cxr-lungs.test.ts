import { describe, expect, it } from 'vitest';
import { brief, hash, read, record, shown } from '../../testing/archive.js';

describe('lung boxes', () => {
  const coco = {
    images: [
      { id: 1, file_name: 'a.png', width: 512, height: 400 },
      { id: 2, file_name: 'b.jpg', width: 512, height: 400 },
    ],
    categories: [
      { id: 1, name: 'Right Lung' },
      { id: 2, name: 'Left Lung' },
    ],
    annotations: [{ id: 5, image_id: 1, category_id: 2, bbox: [1.5, 2, 30, 40], segmentation: [] }],
  };
  const files = {
    'images/a.png': '',
    'images/b.jpg': '',
    'annotations/annotations.json': JSON.stringify(coco),
    'metadata.csv': 'patientid,finding,view,filename\nP7,COVID-19,PA,a.jpg\n',
  };

  it('takes patients from the metadata, and tells where it does not know one', async () => {
    const archive = await read('cxr-lungs', files);
    expect(record(archive, 'a')).toMatchObject({
      patient: hash('P7'),
      boxes: [{ label: 'Left Lung', x: 1.5, y: 2, width: 30, height: 40 }],
      attributes: { finding: 'COVID-19', view: 'PA' },
    });
    expect(brief(archive)).toEqual([['b', 'inconsistent']]);
    expect(shown(archive)).not.toContain('P7');
  });

  it('cannot do without the metadata', async () => {
    const { 'metadata.csv': _, ...rest } = files;
    await expect(read('cxr-lungs', rest)).rejects.toThrow(
      'metadata.csv: not found; expected the metadata of images',
    );
  });
});
