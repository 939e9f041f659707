import { expect, it } from 'vitest';
import {
  chiSquareTail,
  fTail,
  normalCdf,
  normalTails,
  studentizedRange,
  studentizedRangeTail,
  tTails,
} from './distributions.js';

type Case = readonly [...at: number[], expected: number];

// scipy 1.17; the studentized range by its quadrature to 1e-12 of the integral of tails.
it.each<[string, (...at: number[]) => number, readonly Case[]]>([
  [
    'chi-squared',
    chiSquareTail as (...at: number[]) => number,
    [
      [0, 3, 1],
      [0.01, 7, 0.999999999243059],
      [1.2e-3, 4, 0.9999998200719838],
      [0.5, 1, 0.47950012218695337],
      [3.84, 1, 0.05004352124870519],
      [7, 2, 0.0301973834223185],
      [60, 60, 0.4757169861063199],
      [40, 1, 2.5396285894708634e-10],
      [107.3, 5, 1.5237169524098188e-21],
      [300, 8, 4.117794754094997e-60],
      [600, 1, 1.674167984691805e-132],
      [900, 3, 8.851690237125443e-195],
      [1300, 12, 4.981048136609062e-271],
      [2500, 2000, 1.074008023138619e-13],
    ],
  ],
  [
    'normal, both',
    normalTails as (...at: number[]) => number,
    [
      [0, 1],
      [0.01, 0.9920212873707368],
      [-0.7, 0.48392730444614607],
      [1.5, 0.13361440253771614],
      [2.9, 0.003731626600768075],
      [2.999, 0.0027086730674542115],
      [3, 0.0026997960632601866],
      [-3.5, 0.00046525815807105003],
      [10, 1.523970604832094e-23],
      [37, 1.1451142445047853e-299],
    ],
  ],
  [
    'normal, lower',
    normalCdf as (...at: number[]) => number,
    [
      [-37, 5.7255712225239266e-300],
      [-10, 7.61985302416047e-24],
      [-3.2, 0.0006871379379158471],
      [-1, 0.15865525393145707],
      [0, 0.5],
      [0.3, 0.6179114221889526],
      [5, 0.9999997133484281],
    ],
  ],
  [
    'F',
    fTail as (...at: number[]) => number,
    [
      [1.3, 3, 20, 0.301961610510693],
      [400, 5, 145, 6.364264605153255e-83],
      [1e-3, 4, 9, 0.9999975602574956],
    ],
  ],
  [
    "Student's",
    tTails as (...at: number[]) => number,
    [
      [0.1, 3, 0.9266523488008059],
      [2.3, 1, 0.26109517417724554],
      [12, 30, 5.580185415199261e-13],
      [40, 200, 2.2487396535202197e-97],
    ],
  ],
  [
    'studentized range',
    studentizedRangeTail as (...at: number[]) => number,
    [
      [0, 4, 1],
      [0.5, 3, 0.933421945135287],
      [2, 20, 0.9976642506094628],
      [3.6, 4, 0.05319457543950577],
      [6, 6, 0.0003183137724605576],
      [8, 12, 1.0097083784279758e-6],
      [12, 5, 2.151969036504984e-16],
      [20, 3, 6.265462751287584e-45],
      [40, 10, 2.428139525223477e-174],
    ],
  ],
])('tails of %s distributions keep their digits however small', (_, tail, cases) => {
  const ratios = cases.map((row) => tail(...row.slice(0, -1)) / row.at(-1)!);
  expect(ratios).toEqual(ratios.map(() => expect.closeTo(1, 7)));
});

it('the studentized range that is exceeded with a chance is the inverse of its tail', () => {
  for (const [level, groups] of [
    [0.05, 3],
    [0.1, 12],
    [0.01, 40],
  ] as const)
    expect(studentizedRangeTail(studentizedRange(level, groups), groups) / level).toBeCloseTo(1, 3);
});
