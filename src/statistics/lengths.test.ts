import { describe, expect, it } from 'vitest';
import { distanceCorrelation, kolmogorovSmirnov, mutualInformation } from './dependence.js';
import { friedman, nemenyi } from './friedman.js';
import { kendall } from './kendall.js';
import { metaConsistency } from './meta-consistency.js';
import { mannWhitney, welch } from './two-samples.js';
import { wilcoxon } from './wilcoxon.js';

const none = Number.NaN;
const numbersOf = (result: number | object) =>
  typeof result === 'number' ? [result] : Object.values(result).filter((one) => typeof one === 'number');

describe.each<[string, (a: number[], b: number[]) => number | object]>([
  ['wilcoxon', wilcoxon],
  ['kendall', kendall],
  ['distanceCorrelation', distanceCorrelation],
  ['mutualInformation', mutualInformation],
])('%s', (name, test) => {
  it.each([
    [
      [1, 2, 3],
      [1, 2],
    ],
    [
      [1, 2, 3],
      [1, 3, 2, 9, 9],
    ],
    [[], [1]],
    [[1], []],
  ])('refuses %j beside %j', (a, b) => {
    expect(() => test(a, b)).toThrow(
      `${name}: ${a.length} value${a.length === 1 ? '' : 's'} beside ${b.length}; it`,
    );
  });

  it('is NaN where a value is, on either side', () => {
    const [whole, holed] = [
      [1, 2, 3, 4],
      [4, none, 2, 1],
    ];
    for (const result of [test(whole, holed), test(holed, whole)])
      for (const value of numbersOf(result)) expect(value).toBeNaN();
  });
});

describe.each<[string, (a: number[], b: number[]) => number | object]>([
  ['kolmogorovSmirnov', kolmogorovSmirnov],
  ['mannWhitney', mannWhitney],
  ['welch', welch],
])('%s', (_, test) => {
  it.each([
    [[], [1, 2]],
    [[1, 2], []],
    [
      [none, 1],
      [2, 3],
    ],
    [
      [none, none],
      [none, none],
    ],
  ])('is NaN of %j beside %j', (a, b) => {
    for (const value of numbersOf(test(a, b))) expect(value).toBeNaN();
  });
});

describe('friedman', () => {
  it.each<[number[][], string]>([
    [
      [
        [1, 2, 3],
        [1, 2, 3],
        [1, 2],
      ],
      'subject 0 has 3 scores and subject 2 has 2',
    ],
    [
      [
        [1, 2],
        [1, 2, 3],
      ],
      'subject 0 has 2 scores and subject 1 has 3',
    ],
    [[], '0 subjects of 0 scores'],
    [[[1], [2]], '2 subjects of 1 score'],
    [[[3, 1, 2]], '1 subject of 3 scores; it takes two subjects or more'],
  ])('refuses %j', (scores, words) => {
    expect(() => friedman(scores)).toThrow(`friedman: ${words}`);
  });

  it('is NaN where a score is, and so are the p-values of pairs', () => {
    for (const last of [
      [3, none],
      [none, none],
    ]) {
      const found = friedman([[none, none], last]);
      for (const value of [...found.meanRanks, ...numbersOf(found)]) expect(value).toBeNaN();
    }
    expect(nemenyi([1, none], 5)).toEqual([
      [1, none],
      [none, 1],
    ]);
  });
});

it('a meta-evaluation takes as many scores after as before', () => {
  const one = { before: [[1, 2]], after: [[1, 2]], counted: [true, true] };
  for (const [more, words] of [
    [{ after: [] }, '1 value beside 0'],
    [{ after: [[1, 2, 3]] }, '2 values beside 3'],
    [{ counted: [true] }, '2 values beside 1'],
  ] as const)
    expect(() => metaConsistency([{ ...one, ...more }], [], 'higher')).toThrow(`metaConsistency: ${words}`);
});
