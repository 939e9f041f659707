import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attribute } from '../attribution/attribute.js';
import { methods } from '../attribution/index.js';
import type { Method } from '../attribution/method.js';
import type { GivenOptions } from '../base/options.js';
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
import { modelInput } from '../model/input/input.js';
import { classifierOf } from '../model/load.js';
import { allOf } from '../testing/pictures-to-prepare.js';
import { sharedIsThere, sharedPath } from '../testing/shared.js';
import { tinyModel } from '../testing/tiny-model.js';
import { planeOf, scoreSample } from './score-sample.js';

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

describe('completeness', () => {
  const image = { data: Float32Array.from({ length: 64 }, (_, p) => (p % 7) / 7), shape: [1, 8, 8] };
  const transform = { scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0, flipped: false };
  const sample = {
    ...{ image, labels: [1], boxes: [], mask: { data: new Uint8Array(64), shape: [8, 8] } },
    transform: { ...transform, originalWidth: 8, originalHeight: 8 },
  } as unknown as Sample;
  const score = async (name: keyof typeof methods, given: GivenOptions, options: GivenOptions = {}) => {
    const maker = { model, method: methods[name] as Method, options: given, seed: 0 };
    const input = modelInput(model, image);
    const { map } = await attribute(model, maker.method, input, [1], given, { seed: 0, run: quietly });
    const choice = [{ metric: metricOf('completeness'), options }];
    const [made] = await scoreSample(planeOf(map, model), sample, 1, maker, choice, quietly);
    return made!;
  };

  it.each([
    ['integrated-gradients', { baseline: 0.75, steps: 200 }],
    ['integrated-gradients', { baseline: 'blur', steps: 200 }],
    ['blur-ig', { sigma: 3, steps: 400 }],
    ['deeplift', { baseline: 0.25 }],
    ['deeplift', {}],
  ] as const)('of %s is asked at its own baseline (%j)', async (name, given) => {
    expect((await score(name, given)).value).toBeLessThan(0.01);
    expect((await score(name, given, { baseline: 0.5 })).value).toBeGreaterThan(0.05);
  });

  it.each([
    ['kernel-shap', { segments: 'grid', samples: 64 }, 'each pixel has the value of its whole segment'],
    [
      'expected-gradients',
      { baselines: { data: new Float32Array(128), shape: [2, 1, 8, 8] } },
      'the method has several baselines',
    ],
  ] as const)('of %s is undefined', async (name, given, reason) => {
    expect(await score(name, given as GivenOptions)).toMatchObject({ value: Number.NaN, reason });
  });
});
