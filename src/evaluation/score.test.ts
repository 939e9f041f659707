import { describe, expect, it } from 'vitest';
import { quietly } from '../base/run.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import { type Metric, metric, type Scored } from './metric/metric.js';
import { metricOf, metrics } from './registry.js';
import { scoreMap } from './score.js';

const map = tensor(Float32Array.of(5, 4, 3, 2, 1, 0), [2, 3]);
const mask = tensor(Uint8Array.of(1, 0, 1, 0, 0, 0), [2, 3]);
const scored = (more: { readonly map?: Tensor; readonly mask?: Tensor<Uint8Array> } = {}): Scored => ({
  ...{ map, mask, seed: 7, run: quietly },
  ...more,
});

describe('scoring', () => {
  it('names both shapes where a map and a mask differ', async () => {
    const wrong = scoreMap('auroc', scored({ mask: { ...mask, shape: [3, 2] } }));
    await expect(wrong).rejects.toThrow(
      'the map has the shape [2,3] and the mask [3,2]; they must be the same',
    );
  });

  it('refuses a mask of other numbers, a map of other axes and an unknown metric', async () => {
    const grey = tensor(new Uint8Array(6).fill(255), [2, 3]);
    await expect(scoreMap('auroc', scored({ mask: grey }))).rejects.toThrow(/0 and 1; this one holds 255/);
    const deep = { ...map, shape: [1, 2, 3] };
    await expect(scoreMap('auroc', scored({ map: deep }))).rejects.toThrow(/\[1,2,3\]/);
    await expect(scoreMap('aurok', scored())).rejects.toThrow(/did you mean 'auroc'/);
  });

  it('takes a metric by its name as by its value', async () => {
    expect(Object.keys(metrics).length).toBeGreaterThan(12);
    for (const one of Object.values<Metric>(metrics)) expect(metricOf(one.name)).toBe(one);
    const byName = await scoreMap('auroc', scored());
    expect(byName.value).toBe(7 / 8);
    expect(byName).toEqual(await scoreMap(metrics.auroc, scored()));
  });

  it("refuses one's own metric with a registered or impossible name", async () => {
    const called = (name: string) => scoreMap(metric({ ...metrics.auroc, name }), scored());
    await expect(called('auroc')).rejects.toThrow("there is a metric 'auroc' already");
    await expect(called('../x')).rejects.toThrow("a metric can't be called '../x'");
  });
});
