import { expect, it } from 'vitest';
import { bestEngine } from '../../engine/auto.js';
import { card } from './gpu.js';

it('tells card, driver and free memory of each GPU', async () => {
  const said = '0, NVIDIA A40, 550.54.15, 45000, 46068\n1, NVIDIA A40, 550.54.15, 512, 46068';
  const { works, found } = await card(async () => ({ ok: true, said }));
  expect(works).toBe(true);
  expect(found).toBe(
    '0: NVIDIA A40, driver 550.54.15, 43.9 of 45.0 GiB free; 1: NVIDIA A40, driver 550.54.15, 0.5 of 45.0 GiB free',
  );
});

it('takes the CPU where no engine for GPUs works', async () => {
  expect(await bestEngine(async () => false)).toBe('cpu');
});
