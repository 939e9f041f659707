import { expect, it } from 'vitest';
import { runLine } from '../testing/command-line.js';
import { temporaryTree } from '../testing/tree.js';
import { rankAgreement } from './agreement.js';

/** A run's summary, its methods from best to worst. */
const summary = (order: string, direction = 'higher') => {
  const sign = direction === 'higher' ? -1 : 1;
  const rows = [...order].map((method, i) => `${method},gradient,truth,${direction},${sign * i}`);
  return ['method,family,metric,direction,mean', ...rows, `noise,baseline,truth,${direction},0`, ''].join(
    '\n',
  );
};

const tree = () =>
  temporaryTree({
    'real/summary.csv': summary('abcde'),
    'loss/summary.csv': summary('abcde', 'lower'),
    'suite/first/model-0/summary.csv': summary('edcbaf'),
    'suite/first/model-1/summary.csv': summary('edcba'),
    'suite/second/model-0/summary.csv': summary('edcab'),
    'suite/data/problem.json': '{}',
  });

it('rankings agree as their order says, whatever direction is better', async () => {
  const root = await tree();
  const { placed, pairs } = await rankAgreement(
    ['real', 'loss', 'suite', 'suite/first'].map((name) => `${root}/${name}`),
    'truth',
  );
  expect(placed.map(({ runs }) => runs)).toEqual([1, 1, 3, 2]);
  // Ranks are averaged over problems: a is fifth and fourth, b the other way round; f is not in all runs.
  expect([...placed[2]!.ranks]).toEqual([
    ['e', 1],
    ['d', 2],
    ['c', 3],
    ['b', 4.5],
    ['a', 4.5],
  ]);
  const tau = (a: string, b: string) => pairs.find((pair) => pair.a === a && pair.b === b)!.tau;
  expect(tau('real', 'loss')).toBeCloseTo(1);
  expect(tau('real', 'first')).toBeCloseTo(-1);
  expect(tau('real', 'suite')).toBeCloseTo(-9 / Math.sqrt(90));
});

it('what has no run or no such metric is refused in one line', async () => {
  const root = await tree();
  const ask = (...args: string[]) => runLine('compare', '--agreement', ...args);
  const missing = await ask(`${root}/real`, `${root}/suite/data`, '--metric', 'truth');
  expect([missing.code, missing.errors.at(-1)]).toEqual([
    1,
    expect.stringContaining('holds no finished run'),
  ]);
  const other = await ask(`${root}/real`, `${root}/loss`, '--metric', 'beauty');
  expect(other.errors.at(-1)).toContain("has no metric 'beauty'; it has truth");
  const alone = await ask(`${root}/real`, '--metric', 'truth');
  expect([alone.code, alone.errors.at(-1)]).toEqual([2, expect.stringContaining('two folders')]);
  const { out, code } = await ask(`${root}/real`, `${root}/suite`, '--metric', 'truth');
  expect([code, out.join('\n')]).toEqual([0, expect.stringContaining('-0.95')]);
});
