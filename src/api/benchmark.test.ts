import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { method } from '../attribution/method.js';
import { metric } from '../evaluation/metric/metric.js';
import { benchmark } from './benchmark.js';

const own = (sign: 1 | -1) =>
  method({
    name: 'brightness',
    family: 'perturbation',
    doc: 'How bright the input is.',
    options: {},
    maps: 'input',
    attribute:
      sign > 0
        ? async ({ input }) => ({ map: input, evaluations: { forward: 0, backward: 0 } })
        : async ({ input: { data, shape } }) => {
            const map = { data: data.map((value) => -value), shape };
            return { map, evaluations: { forward: 0, backward: 0 } };
          },
  });

const share = metric({
  name: 'positive-share',
  category: 'complexity',
  doc: 'The share of the pixels that are positive.',
  options: {},
  direction: 'lower',
  range: [0, 1],
  reads: 'signed',
  ties: 'none',
  undefinedFor: { emptyMask: 'defined', flatMap: 'undefined', nan: 'undefined' },
  needs: [],
  invariantTo: ['scale'],
  score: ({ map }) => ({ value: map.data.filter((value) => value > 0).length / map.data.length }),
});

it("puts one's own method and metric into the table and the manifest", {
  timeout: 60_000,
}, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'sightline-own-'));
  const run = (sign: 1 | -1) =>
    benchmark({
      ...{ dataset: 'phantom', datasetOptions: { images: 20, size: 64 }, image: { size: 16 } },
      ...{ training: { architecture: 'logistic', epochs: 1 }, explain: 2 },
      methods: ['random', own(sign)],
      metrics: [share, 'pointing-game'],
      ...{ out: join(dir, 'run'), drawn: dir },
    });
  const found = await run(1);
  const value = (result: typeof found) =>
    result.summary.find((row) => row.method === 'brightness' && row.metric === 'positive-share')!.mean!;
  expect(found.summary.map((row) => `${row.method} ${row.metric}`)).toEqual([
    'random positive-share',
    'random pointing-game',
    'brightness positive-share',
    'brightness pointing-game',
  ]);
  const { own: told } = JSON.parse(await readFile(join(dir, 'run', 'manifest.json'), 'utf8'));
  expect(told).toMatchObject([{ name: 'brightness' }, { name: 'positive-share', options: {} }]);
  expect(told[0].sha256).toMatch(/^[0-9a-f]{64}$/);
  const again = await run(-1);
  expect(value(found) + value(again)).toBeCloseTo(1, 5);
  expect(value(await run(1))).toBe(value(found));
});
