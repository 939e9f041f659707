import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { exampleTask } from '../../testing/training-task.js';
import { ofShare } from './share.js';

const samples = exampleTask(40).train.map((sample, i) => ({ ...sample, patient: `p${i % 10}` }));
const share = (part: number, seed = 'share') => ofShare(samples, part, seededRandom(seed));
const patients = (of: typeof samples | ReturnType<typeof share>) => new Set(of.map(({ patient }) => patient));

describe('a share of the training patients', () => {
  it('keeps all images of each patient that it keeps, in their order', () => {
    const kept = share(0.3);
    expect(patients(kept).size).toBe(3);
    expect(kept).toEqual(samples.filter(({ patient }) => patients(kept).has(patient)));
    expect(kept).toHaveLength(12);
  });

  it('holds all of a smaller one, and at least one patient', () => {
    const [least, some, most] = [share(0.001), share(0.5), share(0.8)].map(patients) as [
      Set<string>,
      Set<string>,
      Set<string>,
    ];
    expect([least.size, some.size, most.size]).toEqual([1, 5, 8]);
    for (const one of some) expect(most.has(one)).toBe(true);
    for (const one of least) expect(some.has(one)).toBe(true);
    expect(share(1)).toBe(samples);
    expect(patients(share(0.5, 'other'))).not.toEqual(some);
  });
});
