import { describe, expect, it } from 'vitest';
import { methods } from '../attribution/index.js';
import type { Method } from '../attribution/method.js';
import { tensor } from '../tensor/tensor.js';
import type { Cases } from './cases.js';
import { optionsFor } from './explain.js';

const image = tensor(new Float32Array(4), [1, 2, 2]);
const cases: Cases = {
  samples: [],
  targets: [],
  predictions: [],
  background: image,
  data: image,
  meanInput: image,
};

describe('the options that a benchmark sets', () => {
  it('give methods over coalitions one number of model evaluations', () => {
    const over = Object.values<Method>(methods).filter(
      ({ options }) => 'budget' in options && 'segments' in options,
    );
    expect(over.length).toBeGreaterThan(6);
    for (const method of over) {
      const set = optionsFor(method, cases, { samples: 50 });
      expect([method.name, set.budget, set.samples]).toEqual([method.name, 1000, undefined]);
      expect(optionsFor(method, cases, { samples: 2 }).budget).toBe(256);
    }
  });

  it('give every method that draws or takes steps the budget', () => {
    const options = (name: string) => {
      const method = (methods as Readonly<Record<string, Method>>)[name]!;
      const {
        baselines: _,
        baseline: __,
        ...counts
      } = optionsFor(method, cases, { samples: 50, budget: 300 });
      return counts;
    };
    for (const name of ['lime', 'owen', 'occlusion', 'xrai']) expect(options(name)).toEqual({ budget: 300 });
    expect(options('rise')).toEqual({ masks: 300 });
    expect(options('integrated-gradients')).toEqual({ steps: 300 });
    expect(options('smoothgrad')).toEqual({ samples: 300 });
    expect(options('gradcam')).toEqual({});
  });
});
