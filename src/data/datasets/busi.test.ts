import { describe, expect, it } from 'vitest';
import { brief, read, record } from '../../testing/archive.js';

describe('BUSI', () => {
  const top = 'Dataset_BUSI_with_GT';
  const files = {
    [`${top}/benign/benign (1).png`]: '',
    [`${top}/benign/benign (1)_mask.png`]: '',
    [`${top}/benign/benign (1)_mask_1.png`]: '',
    [`${top}/malignant/malignant (2).png`]: '',
    [`${top}/malignant/malignant (3)_mask.png`]: '',
    [`${top}/normal/normal (1).png`]: '',
    [`${top}/normal/normal (1)_mask.png`]: '',
  };

  it('gives an image all of its masks, and a normal one none', async () => {
    const archive = await read('busi', files);
    expect(archive.records.map(({ id }) => id)).toEqual(['benign (1)', 'malignant (2)', 'normal (1)']);
    const one = record(archive, 'benign (1)');
    expect(
      one.regions.map((region) => region.kind === 'file' && region.path.split('/').at(-1)).sort(),
    ).toEqual(['benign (1)_mask.png', 'benign (1)_mask_1.png']);
    expect(one.findings).toEqual(['benign']);
    expect(record(archive, 'normal (1)')).toMatchObject({ regions: [], findings: [] });
    expect(brief(archive).sort()).toEqual([
      ['malignant (2)', 'missing-annotation'],
      ['malignant (3)', 'missing-image'],
    ]);
  });

  it('says which folders it looks for', async () => {
    await expect(read('busi', {})).rejects.toThrow('expected the folders benign, malignant and normal');
  });
});
