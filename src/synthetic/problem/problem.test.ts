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
  ['xai-tris', { problem: 'translations-rotations', background: 'correlated', size: 16 }],
] as const;

describe.each(problems)('the problem %s as a data set', (name, options) => {
  const given = { ...options, images: 40 };

  it('becomes a classification task with its cause as evidence, at its own size', async () => {
    const data = await temporaryTree();
    const task = await loadDataset(name, { data, datasetOptions: given });
    expect(task.train.length + task.validation.length + task.test.length).toBe(40);
    expect(task.classes).toHaveLength(2);
    const { image, mask, transform } = task.test[0]!;
    expect([transform.scaleX, transform.scaleY]).toEqual([1, 1]);
    const archive = await readDataset(allDatasets[name], join(data, 'again'), given, quietly);
    const record = archive.records.find(({ id }) => id === task.test[0]!.id)!;
    const cause = record.regions.find(({ label }) => label === 'cause')!;
    expect(mask!.data).toEqual((await maskOfRegion(cause, record.height!, record.width!)).data);
    // 16 bits: the greatest magnitude of the set is black or white, and most values are in between.
    expect(new Set(image.data).size).toBeGreaterThan(1);
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
