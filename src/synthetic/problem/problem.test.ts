import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import { allDatasets, loadDataset } from '../../benchmark/dataset.js';
import { readDataset } from '../../data/datasets/catalogue.js';
import { maskOfRegion } from '../../data/geometry/region.js';
import { temporaryTree } from '../../testing/tree.js';

const problems = [
  ['linear-suppressor', { size: 8 }],
  ['suppressor-image', {}],
  ['clinical', { size: 32, suppressor: 'wedge', confounder: 'marker', distractor: 'tube' }],
  ['xai-tris', { problem: 'translations-rotations', background: 'correlated', size: 16 }],
] as const;

describe.each(problems)('the problem %s as a data set', (name, options) => {
  const given = { ...options, images: 40 };

  it('becomes a classification task with its cause as evidence, at its own size', async () => {
    const data = await temporaryTree();
    const task = await loadDataset(name, { data, datasetOptions: given });
    expect(task.train.length + task.validation.length + task.test.length).toBe(40);
    expect(task.classes).toHaveLength(2);
    const { id: shown, image, mask, transform } = task.test.find((one) => one.mask)!;
    expect([transform.scaleX, transform.scaleY]).toEqual([1, 1]);
    const archive = await readDataset(allDatasets[name], join(data, 'again'), given, quietly);
    const record = archive.records.find(({ id }) => id === shown)!;
    const cause = record.regions.find(({ label }) => label === 'cause')!;
    expect(mask!.data).toEqual((await maskOfRegion(cause, record.height!, record.width!)).data);
    // Images are not stretched one by one: 0 is the middle grey, the greatest of the set black or white.
    const values = [...task.train, ...task.validation, ...task.test].flatMap((one) => [...one.image.data]);
    const ends = values.filter((value) => value === 0 || value === 1).length;
    expect(ends).toBeGreaterThan(0);
    expect(ends).toBeLessThan(image.data.length);
    expect(Math.max(...values.map((value) => Math.abs(value - 0.5)))).toBeCloseTo(0.5, 4);
  });

  it('gives every pixel at most one role', async () => {
    const archive = await readDataset(allDatasets[name], await temporaryTree(), given, quietly);
    for (const { regions, height, width } of archive.records) {
      const sum = new Uint8Array(height! * width!);
      for (const region of regions) {
        const { data } = await maskOfRegion(region, height!, width!);
        for (let i = 0; i < data.length; i++) sum[i]! += data[i]!;
      }
      expect(sum.every((count) => count <= 1)).toBe(true);
    }
  });
});
