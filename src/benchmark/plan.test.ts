import { describe, expect, it } from 'vitest';
import { methods } from '../attribution/index.js';
import { metrics } from '../evaluation/index.js';
import { benchmarkOptions, chosenMethods, chosenMetrics } from './plan.js';

const all = Object.keys(methods);

describe('the choice of methods', () => {
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
    expect(chosenMethods(given)).toEqual(wanted);
  });

  it('names the nearest where one is unknown, also where it is taken away', () => {
    expect(() => chosenMethods('gradcan')).toThrow("unknown method 'gradcan'; did you mean 'gradcam'");
    expect(() => chosenMethods('all,-rse')).toThrow("'rse'; did you mean 'rise'");
    expect(() => chosenMetrics('delition', 8)).toThrow("unknown metric 'delition'; did you mean 'deletion'");
  });
});

it('sets the steps of metrics that have such', () => {
  expect(chosenMetrics('pointing-game,deletion', 8)).toEqual({ 'pointing-game': {}, deletion: { steps: 8 } });
});

it('scores by metrics that there are, unless it is told otherwise', () => {
  const usual = Object.keys(chosenMetrics(benchmarkOptions.metrics.default, 8));
  expect(usual.length).toBe(benchmarkOptions.metrics.default.split(',').length);
  for (const name of usual) expect(Object.keys(metrics)).toContain(name);
});
