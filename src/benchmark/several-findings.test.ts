import { afterAll, describe, expect, it } from 'vitest';
import { quietly } from '../base/run.js';
import type { Annotation } from '../data/finding.js';
import type { Sample, Task } from '../data/sample.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { classifierOf } from '../model/load.js';
import { brightModel } from '../testing/bright-model.js';
import { chooseCases, meanMaskOf } from './cases.js';
import { explainedText } from './conclusions.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

/** A finding that covers some rows of eight. */
function rowsFrom(label: string, y: number, height: number): Annotation {
  const data = new Uint8Array(64).fill(1, 8 * y, 8 * (y + height));
  return { boxes: [{ label, x: 0, y, width: 8, height }], mask: { data, shape: [8, 8] } };
}

const [dark, bright] = [rowsFrom('dark', 0, 2), rowsFrom('bright', 4, 1)];

/** A bright image, of which the model says the second class. */
function sample(i: number, findings: readonly Annotation[], labels: readonly number[]): Sample {
  const data = new Uint8Array(64);
  for (const { mask } of findings)
    mask?.data.forEach((value, p) => {
      data[p]! |= value;
    });
  return {
    ...{ id: `image ${i}`, patient: `${i}`, split: 'test', labels, findings },
    image: { data: new Float32Array(64).fill(0.9), shape: [1, 8, 8] },
    boxes: findings.flatMap(({ boxes }) => boxes),
    ...(data.includes(1) && { mask: { data, shape: [8, 8] } }),
    transform: {
      ...{ scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0, flipped: false },
      ...{ originalWidth: 8, originalHeight: 8 },
    },
  };
}

const test = [
  ...Array.from({ length: 12 }, (_, i) => sample(i, [dark, bright], [0, 1])),
  sample(12, [bright], [1]),
  sample(13, [{ boxes: [] }], [0]),
  sample(14, [dark, { boxes: [] }], [0, 1]),
];
const task: Task = {
  ...{ name: 'rows', classes: ['dark', 'bright'], multiLabel: true, inputShape: [1, 8, 8] },
  ...{ train: test, validation: [], test, provenance: {} },
};
const model = () =>
  classifierOf(brightModel(), 'bright.onnx', { engine, multiLabel: true, normalisation: 'zero-one' });
const options = { explain: 100, cases: 'all', seed: 0 } as const;

describe('images with several findings', () => {
  it('are explained for one that is annotated, and scored against it alone', async () => {
    const { cases, chosen } = await chooseCases(task, await model(), options, quietly);
    expect(cases.samples.map(({ id }) => id)).not.toContain('image 13');
    for (const [i, shown] of cases.samples.entries()) {
      const own = cases.targets[i] === 0 ? dark : bright;
      expect({ boxes: shown.boxes, mask: shown.mask }).toEqual(own);
    }
    const drawn = cases.targets.slice(0, 12);
    expect(new Set(drawn)).toEqual(new Set([0, 1]));
    expect(cases.targets.slice(12)).toEqual([1, 0]);
    expect(chosen).toMatchObject({ annotated: 14, explained: 14, several: 12 });
    expect(explainedText(chosen)).toContain('of each of 12 with several annotated findings one is drawn');
    const again = await chooseCases(task, await model(), options, quietly);
    expect(again.cases.targets).toEqual(cases.targets);
    const others = await chooseCases(task, await model(), { ...options, seed: 1 }, quietly);
    expect(others.cases.targets).not.toEqual(cases.targets);
  });

  it('are explained for the class that a target is about', async () => {
    const { cases, chosen } = await chooseCases(task, await model(), options, quietly, 0);
    expect(new Set(cases.targets)).toEqual(new Set([0]));
    expect(cases.samples.every(({ mask }) => mask === dark.mask)).toBe(true);
    expect(chosen.explained).toBe(13);
    expect(chosen).not.toHaveProperty('several');
  });

  it('have a mean of annotations for each class', () => {
    const { data, shape } = meanMaskOf(task).meanMask!;
    expect(shape).toEqual([2, 1, 8, 8]);
    // 14 of the 15 images are annotated: 13 dark and 13 bright ones.
    expect(data[0]).toBeCloseTo(13 / 14, 6);
    expect(data[64]).toBe(0);
    expect(data[64 + 32]).toBeCloseTo(13 / 14, 6);
    expect(meanMaskOf(task, 1).meanMask!.data).toEqual(data.subarray(64));
    expect(meanMaskOf({ ...task, multiLabel: false }).meanMask!.shape).toEqual([1, 1, 8, 8]);
  });
});
