import { describe, expect, it } from 'vitest';
import { brief, read, record } from '../../testing/archive.js';

describe('ChestX-Det', () => {
  const train = [
    {
      file_name: '36199.png',
      syms: ['Effusion', 'Mass'],
      boxes: [
        [100, 200, 150, 260],
        [5, 5, 5, 9],
      ],
      polygons: [
        [
          [100, 200],
          [150, 200],
          [150, 260],
        ],
        [
          [5, 5],
          [5, 9],
          [5, 7],
        ],
      ],
    },
    { file_name: '36200.png', syms: [], boxes: [], polygons: [] },
  ];
  const files = (content: unknown = train) => ({
    'train_data/36199.png': '',
    'train_data/36200.png': '',
    'test_data/1.png': '',
    'ChestX_Det_train.json': JSON.stringify(content),
    'ChestX_Det_test.json': JSON.stringify([
      { file_name: '1.png', syms: ['Mass'], boxes: [[1, 2, 3, 4]], polygons: [] },
    ]),
  });

  it('reads boxes by their corners and polygons, and counts what has no area', async () => {
    const archive = await read('chestx-det', files());
    expect(record(archive, '36199')).toMatchObject({
      boxes: [{ label: 'Effusion', x: 100, y: 200, width: 50, height: 60 }],
      regions: [
        {
          kind: 'polygon',
          label: 'Effusion',
          points: [
            [100, 200],
            [150, 200],
            [150, 260],
          ],
        },
      ],
      findings: ['Effusion', 'Mass'],
      split: 'train',
    });
    expect(record(archive, '36200')).toMatchObject({ boxes: [], findings: [] });
    expect(brief(archive)).toEqual([
      ['36199', 'degenerate'],
      ['36199', 'degenerate'],
      ['1', 'inconsistent'],
    ]);
  });

  it('refuses malformed entries and unknown findings', async () => {
    await expect(read('chestx-det', files([{ file_name: 'a.png', syms: 3 }]))).rejects.toThrow(
      '[0].syms: got 3; it takes a list',
    );
    const strange = [{ ...train[0], syms: ['Effusion', 'Masse'] }];
    await expect(read('chestx-det', files(strange))).rejects.toThrow(
      '[0].syms[1]: got "Masse"; it takes "Atelectasis" or',
    );
    await expect(read('chestx-det', { ...files(), 'ChestX_Det_train.json': '[{' })).rejects.toThrow(
      'train.json: no JSON',
    );
  });
});
