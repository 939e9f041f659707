import { afterAll, expect, it } from 'vitest';
import { inputMaskOfBoxes } from '../data/geometry/mask.js';
import type { Sample } from '../data/sample.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { classifierOf } from '../model/load.js';
import { tinyModel } from '../testing/tiny-model.js';
import { explain, predictSample } from './explain.js';
import { score } from './score.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

/** An image of 8x8 with a mark in one corner. */
const sample = (x: number): Sample => ({
  ...{ id: 'i', patient: 'i', split: 'test', labels: [1] },
  image: { data: Float32Array.from({ length: 64 }, (_, i) => Math.abs(Math.sin(i))), shape: [1, 8, 8] },
  boxes: [{ label: 'mark', x, y: 0, width: 4, height: 4 }],
  transform: {
    ...{ scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0 },
    ...{ flipped: false, originalWidth: 8, originalHeight: 8 },
  },
});

const normalisation = 'zero-one';

it("scores a map against its own sample or another's annotations", async () => {
  const heat = await explain(
    await classifierOf(tinyModel(), 'tiny', { engine, normalisation }),
    sample(0),
    'gradient',
  );
  const own = await score(heat, ['energy-pointing-game']);
  expect(own.map(({ metric, better }) => [metric, better])).toEqual([['energy-pointing-game', 'higher']]);
  expect(await score(heat, sample(0), ['energy-pointing-game'])).toEqual(own);
  const [other] = await score(heat, sample(4), ['energy-pointing-game']);
  expect(other!.value).not.toBe(own[0]!.value);
  const metrics = (await score(heat, sample(0))).map(({ metric }) => metric);
  expect(metrics).toContain('pointing-game');
  expect(metrics).toContain('insertion');
});

it('of a model of several labels probabilities are sigmoids, wherever they are read', async () => {
  const [one, several] = await Promise.all(
    [false, true].map((multiLabel) =>
      classifierOf(tinyModel(), 'tiny', { engine, multiLabel, normalisation }),
    ),
  );
  const rows = await predictSample(several!, sample(0));
  for (const { output, probability } of rows) expect(probability).toBeCloseTo(1 / (1 + Math.exp(-output)), 6);
  const masks = { data: Float32Array.from({ length: 128 }, (_, i) => (i % 3 ? 1 : 0)), shape: [2, 1, 8, 8] };
  const rise = async (model: typeof one, quantity: 'probability' | 'sigmoid' | 'logit') => [
    ...(await explain(model!, sample(0), 'rise', { masks, quantity })).map.data,
  ];
  expect(await rise(several, 'probability')).toEqual(await rise(one, 'sigmoid'));
  expect(await rise(several, 'logit')).toEqual(await rise(one, 'logit'));
  expect(await rise(several, 'probability')).not.toEqual(await rise(one, 'probability'));
  const deletion = async (model: typeof one) =>
    (await score(await explain(model!, sample(0), 'gradient'), ['deletion']))[0]!.value;
  expect(await deletion(several)).not.toBeCloseTo(await deletion(one), 3);
});

it('of a sample with several findings is scored against the one that is explained', async () => {
  const model = await classifierOf(tinyModel(), 'tiny', { engine, multiLabel: true, normalisation });
  const [left, right] = [sample(0), sample(4)];
  const masked = ({ boxes }: Sample) => ({ boxes, mask: inputMaskOfBoxes(boxes, left.transform, 8, 8) });
  const both: Sample = {
    ...left,
    ...masked({ ...left, boxes: [...left.boxes, ...right.boxes] }),
    labels: [0, 1],
    findings: [masked(left), masked(right)],
  };
  const metrics = ['energy-pointing-game', 'relevance-rank'] as const;
  for (const [target, own] of [left, right].entries())
    for (const asked of [target, `class:${target}`, `probability:${target}`]) {
      const heat = await explain(model, both, 'gradient', { target: asked });
      expect(await score(heat, metrics)).toEqual(await score(heat, own, metrics));
    }
  const usual = await explain(model, { ...both, findings: [masked(left), { boxes: [] }] }, 'gradient');
  expect(usual.made.targets).toEqual([0]);
  const absent = await explain(model, { ...both, labels: [0], findings: [masked(left)] }, 'gradient', {
    target: 1,
  });
  await expect(score(absent, metrics)).rejects.toThrow(
    `image i has no annotation of what the map explains (${model.classes[1]}), only of other findings`,
  );
  expect(await score(absent, ['sparseness'])).toHaveLength(1);
});
