import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import type { Sample, Task } from '../../data/sample.js';
import { marked, markedImage, markerMask, planted } from './marker.js';

const marker = { corner: 'bottom-left', size: 0.3 } as const;

describe('a marker', () => {
  it('is a white frame around black, where its mask is', () => {
    const grey = { data: new Float32Array(200).fill(0.5), shape: [2, 10, 10] };
    const { data } = markedImage(grey, marker);
    const mask = markerMask(10, 10, marker);
    expect(mask.data.reduce((a, b) => a + b, 0)).toBe(9);
    for (const c of [0, 1]) {
      for (let i = 0; i < 100; i++) expect(data[100 * c + i] === 0.5).toBe(mask.data[i] === 0);
      expect(data[100 * c + 6 * 10 + 3]).toBe(0);
      expect(data[100 * c + 5 * 10 + 2]).toBe(1);
    }
    expect(mask.data[5 * 10 + 2]).toBe(1);
  });
});

const sampleOf = (id: string, label: number): Sample => ({
  ...{ id, patient: id, split: 'train', labels: [label], boxes: [] },
  image: { data: new Float32Array(100), shape: [1, 10, 10] },
  transform: {
    ...{ scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0, flipped: false },
    ...{ originalWidth: 10, originalHeight: 10 },
  },
});
const samples = Array.from({ length: 200 }, (_, i) => sampleOf(`s${i}`, i % 2));
const task: Task = {
  ...{ name: 't', classes: ['a', 'b'], multiLabel: false, inputShape: [1, 10, 10], provenance: {} },
  ...{ train: samples, validation: samples.slice(0, 40), test: samples.slice(0, 10) },
};
const isMarked = ({ image }: Sample) => image.data.some((value) => value > 0);

describe('a planted task', () => {
  const made = planted(task, { marker, target: 1, share: 0.75 }, seededRandom(3));

  it('has the marker in that share of the class, and in no other image', () => {
    const [a, b] = [0, 1].map((label) => made.train.filter(({ labels }) => labels[0] === label));
    expect(a!.some(isMarked)).toBe(false);
    expect(b!.filter(isMarked).length).toBe(75);
    expect(made.validation.filter(isMarked).length).toBe(15);
  });

  it('leaves test images as they are', () => {
    expect(made.test).toBe(task.test);
  });

  it('keeps all else of a sample', () => {
    const { image: _, ...rest } = marked(samples[1]!, marker);
    expect(rest).toMatchObject({ id: 's1', patient: 's1', labels: [1], mask: undefined });
  });
});
