import { describe, expect, it } from 'vitest';
import { brief, read } from '../../testing/archive.js';

describe('IDRiD', () => {
  const top = 'A. Segmentation';
  const files = {
    [`${top}/1. Original Images/a. Training Set/IDRiD_01.jpg`]: '',
    [`${top}/1. Original Images/b. Testing Set/IDRiD_55.jpg`]: '',
    [`${top}/2. All Segmentation Groundtruths/a. Training Set/1. Microaneurysms/IDRiD_01_MA.tif`]: '',
    [`${top}/2. All Segmentation Groundtruths/a. Training Set/5. Optic Disc/IDRiD_01_OD.tif`]: '',
    [`${top}/2. All Segmentation Groundtruths/b. Testing Set/3. Hard Exudates/IDRiD_55_EX.tif`]: '',
    [`${top}/2. All Segmentation Groundtruths/b. Testing Set/3. Hard Exudates/IDRiD_56_EX.tif`]: '',
    'B. Disease Grading/1. Original Images/a. Training Set/IDRiD_001.jpg': '',
  };

  it('reads the official folders, with the split that they state', async () => {
    const archive = await read('idrid', files);
    expect(archive.records.map(({ id, split }) => [id, split])).toEqual([
      ['IDRiD_01', 'train'],
      ['IDRiD_55', 'test'],
    ]);
    const [one, other] = archive.records;
    expect(one?.findings).toEqual(['microaneurysms', 'optic disc']);
    expect(one?.regions.map(({ label }) => label)).toEqual(['microaneurysms', 'optic disc']);
    expect(other?.findings).toEqual(['hard exudates']);
    expect(brief(archive)).toEqual([['IDRiD_56', 'missing-image']]);
  });

  it('says what is missing', async () => {
    await expect(read('idrid', { 'a.txt': '' })).rejects.toThrow(
      'an image, IDRiD_01.jpg or alike, not found',
    );
    await expect(read('idrid', { 'IDRiD_01.jpg': '' })).rejects.toThrow(
      'a mask, IDRiD_01_MA.tif or alike, not found',
    );
  });
});
