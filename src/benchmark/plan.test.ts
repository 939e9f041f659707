import { describe, expect, it } from 'vitest';
import { methods } from '../attribution/index.js';
import { method } from '../attribution/method.js';
import { metrics, usualMetrics } from '../evaluation/index.js';
import { benchmarkOptions, chosenMethods, chosenMetrics } from './plan.js';

const all = Object.keys(methods);

describe('the selection of methods', () => {
  const cases: [string, string[]][] = [
    ['all', all],
    ['', all],
    ['rise,gradient', ['rise', 'gradient']],
    [' gradient , gradient', ['gradient']],
    ['-rise', all.filter((name) => name !== 'rise')],
    ['all,-rise,-gradcam', all.filter((name) => name !== 'rise' && name !== 'gradcam')],
    ['gradient,rise,-rise', ['gradient']],
  ];
  it.each(cases)("'%s'", (given, wanted) => {
    expect(chosenMethods(given).map(({ name }) => name)).toEqual(wanted);
  });

  it('suggests the nearest name for unknown ones, also excluded ones', () => {
    expect(() => chosenMethods('gradcan')).toThrow("unknown method 'gradcan'; did you mean 'gradcam'");
    expect(() => chosenMethods('all,-rse')).toThrow("'rse'; did you mean 'rise'");
    expect(() => chosenMetrics('delition', { steps: 8 })).toThrow(
      "unknown metric 'delition'; did you mean 'deletion'",
    );
  });
});

it('takes own and registered methods in the order of the list', () => {
  const own = method({ ...methods.gradient, name: 'own' });
  const names = (given: Parameters<typeof chosenMethods>[0]) => chosenMethods(given).map(({ name }) => name);
  expect(names([own, 'rise,gradient'])).toEqual(['own', 'rise', 'gradient']);
  expect(names([own])).toEqual(['own']);
  expect(names(['all', own, '-rise'])).toEqual(['own', ...all.filter((name) => name !== 'rise')]);
  expect(() => names([own, method({ ...own })])).toThrow("there is a method 'own' already");
});

it('sets the steps of metrics with that option', () => {
  expect(chosenMetrics('pointing-game,deletion', { steps: 8 })).toEqual([
    { metric: metrics['pointing-game'], options: {} },
    { metric: metrics.deletion, options: { steps: 8 } },
  ]);
});

it('scores by registered metrics by default', () => {
  const usual = chosenMetrics(benchmarkOptions.metrics.default, { steps: 8 }).map(
    ({ metric }) => metric.name,
  );
  expect(usual).toEqual(usualMetrics);
  for (const name of usual) expect(Object.keys(metrics)).toContain(name);
});
