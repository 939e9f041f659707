import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../base/random.js';
import { exampleTask } from '../../../testing/training-task.js';
import { samplers } from './registry.js';

const { train } = exampleTask(40);
const unequal = [
  ...train.filter(({ labels }) => labels[0] === 0).slice(0, 3),
  ...train.filter(({ labels }) => labels[0] === 1),
];

describe('samplers', () => {
  const losses = unequal.map((_, n) => (n * 7) % unequal.length);

  for (const { name, draw } of Object.values(samplers)) {
    it(`${name} draws as many samples as there are, each with an id of its own`, () => {
      const drawn = draw(unequal, seededRandom(1), losses);
      expect(drawn).toHaveLength(unequal.length);
      expect(new Set(drawn.map(({ id }) => id)).size).toBe(unequal.length);
      expect(draw(unequal, seededRandom(1), losses).map(({ id }) => id)).toEqual(drawn.map(({ id }) => id));
    });
  }

  it('balanced draws the classes equally often, and every sample before any again', () => {
    const drawn = samplers.balanced!.draw(unequal, seededRandom(2));
    const rare = drawn.filter(({ labels }) => labels[0] === 0);
    expect(Math.abs(rare.length - unequal.length / 2)).toBeLessThanOrEqual(0.5);
    const times = new Map<string, number>();
    for (const { id } of rare) {
      const own = id.split('#')[0]!;
      times.set(own, (times.get(own) ?? 0) + 1);
    }
    expect(times.size).toBe(3);
    expect(Math.max(...times.values()) - Math.min(...times.values())).toBeLessThanOrEqual(1);
    const first = unequal.find(({ id }) => id === rare.at(-1)!.id.split('#')[0])!;
    expect(rare.at(-1)!.image.data).toEqual(first.image.data);
  });

  it('hard gives half of the places to the quarter with the greatest losses', () => {
    const drawn = samplers.hard!.draw(unequal, seededRandom(2), losses);
    const many = Math.round(unequal.length / 2);
    const hardest = new Set(
      unequal
        .filter((_, n) => losses[n]! >= unequal.length - Math.ceil(unequal.length / 4))
        .map(({ id }) => id),
    );
    const isHard = ({ id }: { readonly id: string }) => hardest.has(id.split('#')[0]!);
    expect(drawn.slice(-many).every(isHard)).toBe(true);
    const others = drawn.slice(0, -many);
    expect(new Set(others.map(({ id }) => id)).size).toBe(unequal.length - many);
    expect(others.every(isHard)).toBe(false);
    expect(samplers.hard!.draw(unequal, seededRandom(2))).toBe(unequal);
  });
});
