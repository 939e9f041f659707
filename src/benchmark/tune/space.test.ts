import { describe, expect, it } from 'vitest';
import { methods } from '../../attribution/index.js';
import type { Method } from '../../attribution/method.js';
import { flag, number, searched } from '../../base/options.js';
import { searchedOf, settingsOf } from './space.js';
import { bestOf, type Trial } from './tune.js';

const specs = {
  width: searched(number({ doc: '', default: 1 }), { from: 0.1, to: 10, draws: 'log' }),
  cells: searched(number({ doc: '', default: 8 }), { from: 3, to: 5, draws: 'whole' }),
  seen: number({ doc: '', default: 1 }),
};

describe('the settings of a search', () => {
  it('begin with the usual options and are each another', () => {
    const settings = settingsOf(specs, 50, 1);
    expect(settings[0]).toEqual({});
    expect(new Set(settings.map((one) => JSON.stringify(one))).size).toBe(50);
    for (const { width = 1, cells = 3, ...others } of settings) {
      expect(Number(width) >= 0.1 && Number(width) <= 10).toBe(true);
      expect([3, 4, 5]).toContain(cells);
      expect(others).toEqual({});
    }
  });

  it('depend on the seed and their number alone', () => {
    expect(settingsOf(specs, 10, 1)).toEqual(settingsOf(specs, 20, 1).slice(0, 10));
    expect(settingsOf(specs, 10, 2)).not.toEqual(settingsOf(specs, 10, 1));
  });

  it('end where there are no others', () => {
    const small = { up: searched(flag({ doc: '', default: true }), { among: [true, false] }) };
    expect(settingsOf(small, 9, 0)).toHaveLength(3);
  });

  it.each(Object.values<Method>(methods).map((method) => [method.name, method] as const))(
    'of %s are such as its options take',
    (_, { options }) => {
      const settings = searchedOf(options).length === 0 ? [] : settingsOf(options, 40, 3);
      for (const setting of settings)
        for (const [name, value] of Object.entries(setting))
          expect([name, value, options[name]!.read(value) === undefined]).toEqual([name, value, false]);
    },
  );
});

describe('the best trial', () => {
  const trial = (mean: number | null, left = 0): Trial => ({
    ...{ options: { mean: mean ?? 'none' }, mean, undefined: left, forward: 1, backward: 0 },
  });

  it('has the best mean in the direction of the metric, the first of equal ones', () => {
    const trials = [trial(0.5), trial(0.7), trial(0.7), trial(0.2)];
    expect(bestOf(trials, 'higher')).toBe(trials[1]);
    expect(bestOf(trials, 'lower')).toBe(trials[3]);
  });

  it('has no more undefined scores than another', () => {
    const trials = [trial(null, 4), trial(0.9, 2), trial(0.4, 1)];
    expect(bestOf(trials, 'higher')).toBe(trials[2]);
  });
});
