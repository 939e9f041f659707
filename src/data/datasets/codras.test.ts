import { describe, expect, it } from 'vitest';
import { brief, jpeg, read, record } from '../../testing/archive.js';

describe('CODRAS', () => {
  it('reads labels beside the images as in the repository, without a manifest', async () => {
    const image = await jpeg(200, 100);
    const files = {
      'images/0001.jpg': image,
      'images/0002.jpg': image,
      'images/0001.txt': '1 0.5 0.5 0.1 0.2\n',
      'images/0003.txt': '0 0.5 0.5 0.1 0.2\n',
      'retinal.names': 'optic_disc\nhard_exudates\nhaemorrhage\n',
    };
    const archive = await read('codras', files);
    expect(record(archive, '0001').boxes).toEqual([
      { label: 'hard_exudates', x: 90, y: 40, width: 20, height: 20 },
    ]);
    expect(record(archive, '0002')).toMatchObject({ boxes: [], annotated: false });
    expect(brief(archive).sort()).toEqual([
      ['0002', 'missing-annotation'],
      ['0003', 'missing-image'],
    ]);
    const wrong = { ...files, 'images/0001.txt': '3 0.5 0.5 0.1 0.2' };
    await expect(read('codras', wrong)).rejects.toThrow('0001.txt, line 1: class 3; the names are 0 to 2');
    const broken = { ...files, 'images/0001.jpg': 'no picture' };
    await expect(read('codras', broken)).rejects.toThrow('0001.jpg: cannot be read as an image');
  });
});
