import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeNpz } from '../../tensor/npz.js';
import { temporaryTree } from '../../testing/tree.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';

const settings = { epochs: 3, rate: 0.1 };
const history = [
  {
    epoch: 1,
    rate: 0.1,
    train: { loss: 0.7, accuracy: 0.5 },
    validation: { loss: 0.6, accuracy: 0.5, balancedAccuracy: 0.5, auroc: Number.NaN },
  },
];

describe('a checkpoint', () => {
  it('reads back what was written, including NaN', async () => {
    const path = join(await temporaryTree(), 'c.npz');
    expect(await readCheckpoint(path, settings)).toBeUndefined();
    const weight = { type: 'float32', data: Float32Array.of(1, 2), shape: [2] } as const;
    await writeCheckpoint(path, { history, state: { weight }, best: {} }, settings);
    expect(await readCheckpoint(path, settings)).toEqual({ history, state: { weight }, best: {} });
    await expect(readCheckpoint(path, { ...settings, epochs: 4 })).rejects.toThrow("'epochs' was 3, is 4");
  });

  it.each([
    ['{"settings": ', ': no JSON (fault at its end)'],
    ['{}', ': settings: got nothing; it takes an object'],
    ['{"settings": {}, "history": []}', ': history: got []; it takes a text'],
    [
      '{"settings": {}, "history": "[NaN]"}',
      ': history: no JSON (it holds NaN or Infinity, which JSON has not)',
    ],
    [
      '{"settings": {}, "history": "[{\\"epoch\\": 1, \\"rate\\": \\"high\\"}]"}',
      ': history: [0].rate: got "high"; it takes a number',
    ],
  ])('with %s is rejected in one line', async (text, fault) => {
    const path = join(await temporaryTree(), 'c.npz');
    const data = new TextEncoder().encode(text);
    await writeNpz(path, { meta: { data, shape: [data.length] } });
    const message = `checkpoint ${path}${fault}; remove it or name another`;
    await expect(readCheckpoint(path, settings)).rejects.toThrow(
      expect.objectContaining({ kind: 'input', message }),
    );
  });
});
