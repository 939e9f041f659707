import { describe, expect, it } from 'vitest';
import { agreementMatrix, relationOf, trustOf } from './trust.js';

const methods = [
  { name: 'good', family: 'gradient' },
  { name: 'fair', family: 'gradient' },
  { name: 'poor', family: 'gradient' },
  { name: 'random', family: 'baseline' },
] as const;
const quality: Readonly<Record<string, number>> = { good: 0.9, fair: 0.6, poor: 0.3, random: 0.1 };

type Score = (method: string, patient: number) => number | null;
const rowsOf = (metric: string, score: Score, patients = 12) =>
  methods.flatMap(({ name: method }) =>
    Array.from({ length: patients }, (_, i) => ({
      ...{ sample: `s${i}`, patient: `p${i}`, method, metric, lesionShare: 0.1 },
      value: score(method, i),
    })),
  );
const wobble = (i: number) => (i % 3) / 100;

const truth = { name: 'truth', direction: 'higher', needs: ['mask'] } as const;
const drop = { name: 'drop', direction: 'lower', needs: ['model'] } as const;
const byTruth = rowsOf('truth', (method, i) => quality[method]! + wobble(i));

const find = (rows: ReturnType<typeof rowsOf>, patients?: number) => {
  const all = patients === undefined ? byTruth : rowsOf('truth', (method) => quality[method]!, patients);
  return trustOf([...all, ...rows], methods, [truth, drop], 0);
};

describe('what a metric is worth', () => {
  it('is a column for one that reads the annotation', () => {
    const [first] = find(rowsOf('drop', () => 1));
    expect(first).toMatchObject({ metric: 'truth', earns: 'column', told: 3, judged: 3, agreement: null });
  });

  it('is a column for one that ranks methods as the annotation does', () => {
    const [, drops] = find(rowsOf('drop', (method, i) => 1 - quality[method]! + wobble(i)));
    expect(drops).toMatchObject({ earns: 'column', truth: 'truth', agreement: { mean: 1, low: 1, high: 1 } });
    expect(drops!.why).toBe(
      'drop tells 3 of 3 methods from random maps, and its ranking agrees with that of truth (tau 1.00, 1.00 to 1.00)',
    );
  });

  it('is doubtful for one that ranks them the other way round', () => {
    const [, drops] = find(rowsOf('drop', (method, i) => quality[method]! + wobble(i)));
    expect(drops).toMatchObject({ earns: 'doubt', agreement: { mean: -1 } });
  });

  it.each([
    [0.6, 0.2, 0.9, 'its ranking agrees with that of'],
    [0.2, 0.05, 0.4, 'these images do not tell whether its ranking agrees with that of'],
    [0, -0.5, 0.5, 'these images do not tell whether its ranking agrees with that of'],
    [0.1, -0.1, 0.2, 'its ranking has little to do with that of'],
    [-0.1, -0.2, -0.05, 'its ranking has little to do with that of'],
    [-0.2, -0.4, -0.05, 'its ranking does not agree with that of'],
    [-0.4, -0.8, 0.1, 'its ranking does not agree with that of'],
    [-0.6, -0.8, -0.3, 'its ranking is against that of'],
  ])('says of a tau of %f (%f to %f): %s', (mean, low, high, words) => {
    const told = relationOf({ mean, low, high }, 'truth');
    expect(told.words).toContain(`${words} truth (tau`);
    expect(told.agrees).toBe(words === 'its ranking agrees with that of');
  });

  it.each([
    ['the same', 0.01, 1, 'these images do not tell whether its ranking agrees with that of truth'],
    ['another', -0.01, 0, 'these images do not tell whether its ranking agrees with that of truth'],
    ['surely another', -1, 0, 'its ranking has little to do with that of truth'],
  ])('tells %s ranking from one that the images leave open', (_, slope, mean, words) => {
    const places = ['good', 'fair', 'poor'];
    const drops = find(
      rowsOf('drop', (method, i) => {
        const varies = ((i + places.indexOf(method)) % 3) / 5;
        return method === 'random' ? 3 : 1 - slope * quality[method]! + varies;
      }),
    )[1]!;
    expect(drops.agreement!.mean).toBeCloseTo(mean, 12);
    expect(drops).toMatchObject({ earns: 'doubt', told: 3, agreement: { low: 0 } });
    expect(drops.why).toContain(`drop tells 3 of 3 methods from random maps, but ${words} (tau `);
  });

  it('is doubtful for one by which random maps are best', () => {
    const turned = rowsOf('truth', (method, i) => 1 - quality[method]! + wobble(i));
    const [first] = trustOf(turned, methods, [truth], 0);
    expect(first).toMatchObject({ earns: 'doubt', told: 3, behind: 3 });
    expect(first!.why).toBe('truth tells 3 of 3 methods from random maps, but puts 3 of them behind');
  });

  it('judges no method that the model refused', () => {
    const more = [...methods, { name: 'refused', family: 'attention' }] as const;
    const drops = rowsOf('drop', (method, i) => 1 - quality[method]! + wobble(i));
    const [first, second] = trustOf([...byTruth, ...drops], more, [truth, drop], 0);
    expect(first).toMatchObject({ told: 3, judged: 3 });
    expect(second).toMatchObject({ judged: 3, agreement: { mean: 1 } });
  });

  it('is nothing for one that gives every map the same', () => {
    const [, drops] = find(rowsOf('drop', (_, i) => 0.998 + wobble(i) / 10));
    expect(drops).toMatchObject({ earns: 'nothing', told: 0 });
    expect(drops!.why).toBe('drop tells none of 3 methods from random maps on this model');
  });

  it('says where there are too few patients for it to tell anything', () => {
    const [first] = find(
      rowsOf('drop', () => 1, 4),
      4,
    );
    expect(first!.why).toMatch(/; 4 patients are too few for it to$/);
  });

  it('is not known without random maps', () => {
    const [first] = trustOf(
      byTruth.filter(({ method }) => method !== 'random'),
      methods.slice(0, 3),
      [truth],
      0,
    );
    expect(first).toMatchObject({ earns: 'unknown', told: null, patients: 12 });
  });

  it.each([
    ['no method but random maps', ['random']],
    ['no random map', ['good', 'fair']],
  ])('counts patients where there is %s', (_, named) => {
    const [first] = trustOf(
      byTruth.filter(({ method }) => named.includes(method)),
      methods.filter(({ name }) => named.includes(name)),
      [truth],
      0,
    );
    expect(first).toMatchObject({ earns: 'unknown', patients: 12 });
  });

  it('leaves out undefined scores, in tests and in rankings', () => {
    const holed = rowsOf('drop', (method, i) => (i === 2 ? null : 1 - quality[method]! + wobble(i)));
    expect(find(holed)[1]).toMatchObject({ earns: 'column', agreement: { mean: 1 } });
  });
});

it('the agreement of metrics turns each so that greater is better', () => {
  const none = { name: 'none', direction: 'none', needs: [] } as const;
  const rows = [...byTruth, ...rowsOf('drop', (method) => 1 - quality[method]!), ...rowsOf('none', () => 1)];
  expect(agreementMatrix(rows, [truth, drop, none])).toEqual({
    metrics: ['truth', 'drop'],
    taus: [
      [1, 1],
      [1, 1],
    ],
  });
});
