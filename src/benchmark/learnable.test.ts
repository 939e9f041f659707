import { describe, expect, it } from 'vitest';
import type { Sample, Task } from '../data/sample.js';
import { requireSeveralLabels } from './dataset.js';

const sample = (id: string, labels: readonly number[]): Sample => ({
  ...{ id, patient: id, split: 'train', labels, boxes: [] },
  image: { data: new Float32Array(64), shape: [1, 8, 8] },
  transform: {
    ...{ scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0 },
    ...{ flipped: false, originalWidth: 8, originalHeight: 8 },
  },
});

const task = (...labels: number[][]): Task => ({
  name: 'made',
  classes: ['no cyst', 'cyst'],
  multiLabel: false,
  inputShape: [1, 8, 8],
  train: labels.map((of, i) => sample(`${i}`, of)),
  validation: [],
  test: [],
  provenance: {},
});

describe('requireSeveralLabels', () => {
  it('accepts samples with several labels', () => {
    expect(() => requireSeveralLabels(task([0], [1], [1]))).not.toThrow();
    expect(() => requireSeveralLabels(task([], [0, 1]))).not.toThrow();
  });

  it('throws when all samples have the same label', () => {
    expect(() => requireSeveralLabels(task([1], [1]))).toThrow("all 2 training samples of made show 'cyst'");
    expect(() => requireSeveralLabels(task([], []))).toThrow('show none of the classes');
  });
});
