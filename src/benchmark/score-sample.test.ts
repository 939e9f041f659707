import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { methods } from '../attribution/index.js';
import { quietly } from '../base/run.js';
import { readArchive } from '../data/datasets/catalogue.js';
import { decodeFile } from '../data/decode/index.js';
import { forwardPoint } from '../data/geometry/points.js';
import { prepare } from '../data/prepare/index.js';
import type { Archive } from '../data/record.js';
import type { Sample } from '../data/sample.js';
import { openEngine } from '../engine/index.js';
import { metricOf } from '../evaluation/index.js';
import type { Classifier } from '../model/classifier.js';
import { classifierOf } from '../model/load.js';
import { allOf } from '../testing/pictures-to-prepare.js';
import { sharedIsThere, sharedPath } from '../testing/shared.js';
import { tinyModel } from '../testing/tiny-model.js';
import { scoreSample } from './score-sample.js';

const engine = openEngine('cpu');
let root: string;
let model: Classifier;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'score-sample-'));
  model = await classifierOf(tinyModel(), 'tiny', { engine, normalisation: 'zero-one' });
});
afterAll(async () => {
  await engine.dispose();
  await rm(root, { recursive: true, force: true });
});

async function samplesOf(archive: Archive, task: string): Promise<Sample[]> {
  const dir = join(root, archive.name);
  await prepare(archive, { task, decode: decodeFile, image: { size: 8 } }, dir, quietly);
  return allOf(dir);
}

/** The score of the map `[8, 8]` that is 1 at a pixel and 0 elsewhere. */
async function scoreAt(pixel: number, sample: Sample, metric: string, options = {}): Promise<number> {
  const data = Float32Array.from({ length: 64 }, (_, p) => (p === pixel ? 1 : 0));
  const maker = { model, method: methods.gradient, options: {}, seed: 0 };
  const choice = [{ metric: metricOf(metric), options }];
  const [score] = await scoreSample({ data, shape: [8, 8] }, sample, 1, maker, choice, quietly);
  return score!.value;
}

describe.skipIf(!sharedIsThere)('scores of prepared samples', () => {
  it.each([
    ['dcmjs__IM-0001-0001.dcm', 0.48828125],
    ['fo-dicom__GH064.dcm', 0.9765625],
  ])('of %s are in the millimetres that the file states', async (file, spacing) => {
    const boxes = [{ label: 'a', x: 20, y: 20, width: 40, height: 50 }];
    const path = sharedPath('data', 'dicom', file);
    const records = [{ id: 'slice', patient: 'p', path, boxes, regions: [] }];
    const [sample] = await samplesOf({ name: file, findings: ['a'], records, problems: [] }, 'presence');
    expect(sample!.spacing).toEqual([spacing, spacing]);
    const distance = (unit: string) => scoreAt(63, sample!, 'pointing-distance', { unit });
    expect(await distance('pixels')).toBeGreaterThan(100);
    expect(await distance('millimetres')).toBeCloseTo((await distance('pixels')) * spacing, 9);
    // Without boxes a pixel of the input is what is measured.
    const { boxes: _, ...rest } = sample!;
    const coarse = { ...rest, boxes: [], image: sample!.image, mask: sample!.mask! };
    const inInput = (unit: string) => scoreAt(63, coarse, 'pointing-distance', { unit });
    const scale = sample!.transform.scaleX;
    expect(await inInput('millimetres')).toBeCloseTo(((await inInput('pixels')) * spacing) / scale, 9);
  });

  it('of lung images know both lungs as the anatomy', async () => {
    const archive = await readArchive('cxr-lungs', sharedPath('data', 'cxr_lungboxes'), {}, quietly);
    const [sample] = await samplesOf({ ...archive, records: archive.records.slice(0, 1) }, 'multi-label');
    expect(sample!.anatomy!.map(({ label }) => label).sort()).toEqual(['Left Lung', 'Right Lung']);
    for (const { x, y, width, height } of sample!.anatomy!) {
      const centre = forwardPoint(sample!.transform, [x + width / 2, y + height / 2]);
      const pixel = 8 * Math.floor(centre[1]) + Math.floor(centre[0]);
      expect(await scoreAt(pixel, sample!, 'relevance-in-anatomy')).toBe(1);
    }
    expect(await scoreAt(0, sample!, 'relevance-in-anatomy')).toBe(0);
  });
});
