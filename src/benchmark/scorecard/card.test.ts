import { describe, expect, it } from 'vitest';
import { scorecardsOf } from './card.js';
import type { MeasuredRow, RunSummary } from './run-summary.js';

const row = (method: string, metric: string, mean: number, more: Partial<MeasuredRow> = {}): MeasuredRow => ({
  ...{ method, metric, mean, low: mean - 0.1, high: mean + 0.1, chance: null, scored: 24, undefined: 0 },
  ...{ family: ['random', 'sobel'].includes(method) ? 'baseline' : 'cam' },
  ...{ direction: metric === 'deletion' ? 'lower' : 'higher', verdict: null },
  ...more,
});

const run: RunSummary = {
  ...{ format: 'sightline-summary', task: 'phantom-presence', classes: ['healthy', 'ill'] },
  ...{ cautions: [], notes: ['gradcam: 2 maps are zero everywhere', 'lrp: other'] },
  test: {
    ...{ accuracy: 0.9, accuracyLow: 0.8, accuracyHigh: 0.95, auroc: 0.97, aurocLow: 0.9, aurocHigh: 0.99 },
    ...{ test: 90, annotated: 40, right: 36, explained: 24, cases: 'correct' },
  },
  methods: [{ method: 'gradcam', family: 'cam', residual: 0.25 }],
  summary: [
    row('gradcam', 'relevance-rank', 0.6, { verdict: 'better' }),
    row('gradcam', 'pointing-game', 0.5, { verdict: 'inconclusive', undefined: 3, scored: 21 }),
    row('gradcam', 'deletion', 0.4, { verdict: 'inconclusive' }),
    ...['random', 'sobel'].flatMap((method) => [
      row(method, 'relevance-rank', method === 'sobel' ? 0.2 : 0.1),
      row(method, 'pointing-game', 0.1),
      row(method, 'deletion', 0.7),
    ]),
  ],
  trust: ['relevance-rank', 'pointing-game', 'deletion'].map((metric) => ({
    ...{ metric, earns: 'column', why: `${metric} tells`, patients: 20 },
  })),
};
const cardOf = (given: RunSummary, audit?: Parameters<typeof scorecardsOf>[1]) =>
  scorecardsOf(given, audit)[0]!;
const judged = (given: RunSummary, criterion: string, audit?: Parameters<typeof scorecardsOf>[1]) =>
  cardOf(given, audit).judgements.find((one) => one.criterion === criterion)!;

describe('a scorecard', () => {
  it('is written for each method that is no baseline', () => {
    expect(scorecardsOf(run).map(({ method }) => method)).toEqual(['gradcam']);
    expect(cardOf(run)).toMatchObject({ images: 24, patients: 20, cautions: ['2 maps are zero everywhere'] });
  });

  it.each<[string, Partial<RunSummary['test']>, string]>([
    ['classifier', {}, 'It answers 90 % of 90 test images right (80 % to 95 %, AUROC 0.97).'],
    [
      'regression',
      { accuracy: null, auroc: null, errors: { mae: 0.00266, r2: 0.12, usual: 0.00339 } },
      'On 90 test images its mean absolute error is 0.00266 (0.00339 for one that always gives the training mean; R2 0.12).',
    ],
    [
      'segmentation',
      { auroc: null, found: { means: 'half of the pixels' } },
      'It finds those of 90 % of 40 annotated test images (80 % to 95 %; half of the pixels).',
    ],
  ])('says how good a %s is', (_, more, words) => {
    const { model, notExamined } = cardOf({ ...run, test: { ...run.test, ...more } });
    expect(model.said).toContain(words);
    expect(notExamined.some((line) => line.includes('gets wrong'))).toBe(!more.errors);
  });

  it('answers in part where some measures are better than all baselines', () => {
    const { answer, sentences } = judged(run, 'plausibility');
    expect(answer).toBe('in part');
    expect(sentences).toEqual([
      'By 1 of 2 measures it is better than every map that knows nothing of the model.',
      'Of the strongest pixels of the map, as many as the finding covers, 60 % lie on the finding (50 % to 70 %). To compare: random maps get 10 %, the best map that does not know the model (sobel) 20 %.',
      'In 50 % of the images the strongest point of the map lies on the finding (40 % to 60 %). To compare: random maps get 10 %. It is undefined for 3 of 24 images.',
    ]);
  });

  it('answers that nothing is shown where no measure decides, and adds the residual', () => {
    const { answer, sentences } = judged(run, 'fidelity');
    expect(answer).toBe('not shown');
    expect(sentences.at(-1)).toBe(
      'What the map adds up to misses what it should explain by 0.25 on average.',
    );
  });

  it('does not count a metric that says nothing on this model', () => {
    const trust = run.trust.map((one) =>
      one.metric === 'deletion' ? { ...one, earns: 'nothing' as const, why: 'deletion tells none' } : one,
    );
    expect(judged({ ...run, trust }, 'fidelity').answer).toBe('not examined');
    expect(cardOf({ ...run, trust }).cautions).toContain('deletion tells none; it is not counted here');
  });

  it.each<[string, readonly string[], string, string]>([
    [
      'all are',
      ['relevance-rank', 'pointing-game'],
      'not shown',
      'Both measures are in doubt on this model, and decide nothing.',
    ],
    [
      'some are',
      ['pointing-game'],
      'yes',
      'By the one measure it is better than every map that knows nothing of the model. 1 more is in doubt and not counted.',
    ],
  ])('lets no measure in doubt decide where %s', (_, doubted, verdict, words) => {
    const trust = run.trust.map((one) =>
      doubted.includes(one.metric)
        ? { ...one, earns: 'doubt' as const, why: `${one.metric} tells little` }
        : one,
    );
    const { answer, sentences, measures } = judged({ ...run, trust }, 'plausibility');
    expect(answer).toBe(verdict);
    expect(sentences[0]).toBe(words);
    expect(sentences.at(-1)).toMatch(/ It is in doubt here: pointing-game tells little\.$/);
    expect(measures.filter(({ inDoubt }) => inDoubt).map(({ metric }) => metric)).toEqual(doubted);
  });

  it('says no where it is worse than a map that knows nothing', () => {
    const summary = run.summary.map((one) =>
      one.verdict === null ? one : { ...one, verdict: 'worse' as const },
    );
    expect(judged({ ...run, summary }, 'plausibility').answer).toBe('no');
  });

  it('names what was not examined, and never claims to be useful', () => {
    const { notExamined } = cardOf(run);
    expect(judged(run, 'usefulness')).toMatchObject({ answer: 'not examined', sentences: [] });
    expect(notExamined[0]).toMatch(/^Whether the map helps anyone/);
    expect(notExamined).toContain('Images that the model gets wrong (10 % of those with a marked finding).');
    expect(notExamined.some((line) => line.includes('shortcut'))).toBe(true);
  });

  it('takes over the verdict of a shortcut audit', () => {
    const audit = { cautions: [], methods: [{ method: 'gradcam', verdict: 'silent' as const }] };
    expect(judged(run, 'fidelity', audit).sentences.at(-1)).toMatch(/the method stays silent\.$/);
    expect(cardOf(run, audit).notExamined.some((line) => line.includes('shortcut'))).toBe(false);
    const none = { cautions: [], methods: [{ method: 'gradcam', verdict: 'undefined' as const }] };
    expect(judged(run, 'fidelity', none).sentences.at(-1)).toMatch(/the method has no verdict\.$/);
    expect(cardOf(run, none).notExamined.some((line) => line.includes('shortcut'))).toBe(true);
  });
});
