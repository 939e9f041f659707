import { describe, expect, it } from 'vitest';
import { schedules } from './registry.js';

const course = { rate: 2, warmup: 3, steps: 13 };
const ratesOf = (name: string) =>
  Array.from({ length: course.steps }, (_, step) => schedules[name]!.at(course, step));

describe('the learning rate', () => {
  it('grows during warm-up, then decays along a half cosine to zero', () => {
    const rates = ratesOf('cosine');
    expect(rates.slice(0, 4)).toEqual([0.5, 1, 1.5, 2]);
    expect(rates[8]).toBeCloseTo(1, 12);
    expect(rates.slice(3).every((rate, i, all) => i === 0 || rate < all[i - 1]!)).toBe(true);
    expect(rates[12]).toBeGreaterThan(0);
  });

  it('stays constant with schedule `constant`', () => {
    expect(ratesOf('constant')[12]).toBe(2);
  });

  it('is that of torch with schedule `one-cycle`', () => {
    // torch 2.13: OneCycleLR(optimiser, max_lr=2, total_steps=13), before each of 13 steps.
    const torch = [
      0.08, 0.5903278969, 1.578739583, 1.999404143, 1.928756525, 1.748511754, 1.479939558, 1.154732716,
      0.8112671595, 0.4900734353, 0.229053909, 0.05901010863, 8e-6,
    ];
    for (const [step, rate] of ratesOf('one-cycle').entries()) expect(rate).toBeCloseTo(torch[step]!, 9);
  });
});
