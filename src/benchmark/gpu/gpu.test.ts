import { afterAll, expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { gpuCosts } from './cost.js';
import { mapDifferences } from './maps.js';
import { startPeer } from './peer.js';
import { gpuTables } from './report.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

it("compares maps with the CPU's until the time is over", async () => {
  let asked = 0;
  const maps = await mapDifferences(engine, engine, quietly, () => ++asked <= 3);
  expect(maps.slice(0, 3).map(({ difference }) => difference)).toEqual([0, 0, 0]);
  expect(maps.slice(3).every(({ why }) => why === 'not reached in time')).toBe(true);
  expect([...new Set(maps.map(({ network }) => network))]).toEqual(['residual', 'dense', 'attention']);
});

it('times only what is asked for', async () => {
  const plan = { networks: ['resnet18'], batches: [1], repeats: 1, peer: undefined, inTime: () => false };
  const costs = await gpuCosts(engine, { ...plan, methods: ['training', 'gradient'] }, quietly);
  expect(costs.map(({ method }) => method)).toEqual(['gradient', 'training']);
});

it('goes without peers where there is no PyTorch', async () => {
  expect(await startPeer('/nowhere/peer.py', 'cpu')).toBeUndefined();
});

it('writes maps and times as tables', () => {
  const page = gpuTables({
    engine: 'cuda',
    machine: 'a card',
    peers: 'PyTorch',
    seconds: 12,
    maps: [
      { network: 'dense', method: 'lrp', difference: 1.26e-5 },
      { network: 'attention', method: 'lrp', why: 'no' },
    ],
    costs: [
      { network: 'resnet18', batch: 16, method: 'gradient', ours: 1, theirs: 4 },
      { network: 'resnet18', batch: 16, method: 'deeplift', why: 'out of memory' },
    ],
  });
  expect(page).toContain('| lrp | 1.3e-5 | – |');
  expect(page).toContain('| resnet18 | 16 | gradient | 1.00 | 4.00 | 0.25 |  |');
  expect(page).toContain('| resnet18 | 16 | deeplift | – | – | – | out of memory |');
});
