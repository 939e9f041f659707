import { describe, expect, it } from 'vitest';
import { hash, read, record, shown } from '../../testing/archive.js';

describe('SIIM-ACR pneumothorax', () => {
  const uid = '1.2.276.0.7230010.3.1.4.8323329.1000.1517875220.930580';
  const files = {
    [`dicom-images-train/1.2.1/1.2.2/${uid}.dcm`]: '',
    'dicom-images-train/1.3.1/1.3.2/1.3.dcm': '',
    'train-rle.csv': `ImageId, EncodedPixels\n${uid}, 2048 3 1021 3\n${uid}, 10 5\n1.3, -1\n`,
  };

  it('reads relative runs column by column and boxes around them', async () => {
    const archive = await read('siim-pneumothorax', files);
    const one = record(archive, hash(uid));
    expect(one.regions).toEqual([
      { kind: 'runs', label: 'Pneumothorax', runs: [2048, 3, 3072, 3], order: 'columns' },
      { kind: 'runs', label: 'Pneumothorax', runs: [10, 5], order: 'columns' },
    ]);
    expect(one.boxes).toEqual([
      { label: 'Pneumothorax', x: 2, y: 0, width: 2, height: 3 },
      { label: 'Pneumothorax', x: 0, y: 10, width: 1, height: 5 },
    ]);
    expect(record(archive, hash('1.3'))).toMatchObject({ findings: [], regions: [] });
    expect(shown(archive)).not.toContain('1.2.276');
  });

  it('names the row of a malformed mask', async () => {
    const table = `ImageId, EncodedPixels\n${uid}, 2048 3 5\n`;
    await expect(read('siim-pneumothorax', { ...files, 'train-rle.csv': table })).rejects.toThrow(
      /train-rle\.csv: row 2: run-length text has 3 numbers/,
    );
  });
});
