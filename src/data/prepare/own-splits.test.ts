import { expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import { archiveOf, box, image } from '../../testing/made-archive.js';
import type { Split } from '../record.js';
import { planned } from './plan.js';

const decode = () => Promise.reject(new Error('no picture is read'));

const told = async (
  splits: readonly (Split | undefined)[],
  split: Readonly<Record<string, unknown>> = {},
) => {
  const records = splits.map((own, i) =>
    image(`i${i}`, i % 2 === 0 ? [box('a', 1, 1, 5, 5)] : [], {
      findings: i % 2 === 0 ? ['a'] : [],
      split: own,
    }),
  );
  const plan = await planned(archiveOf(records), { task: 'presence', decode, split }, quietly);
  return Object.entries(plan.reformulated.counts).find(([name]) => name.includes('by=official'))?.[1];
};

it('splits that a data set states are told where they are not used', async () => {
  const stated = Array.from({ length: 12 }, (_, i): Split => (i < 8 ? 'train' : 'test'));
  expect(await told(stated)).toBe(12);
  expect(await told(stated, { by: 'official' })).toBeUndefined();
  expect(await told(stated, { by: 'patient' })).toBeUndefined();
  expect(await told(stated, { folds: 3 })).toBeUndefined();
  expect(await told([...stated, undefined])).toBeUndefined();
  expect(await told(stated.map(() => 'train'))).toBeUndefined();
});
