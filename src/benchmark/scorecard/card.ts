import { groupBy } from '../../base/groups.js';
import { metrics as registry } from '../../evaluation/index.js';
import type { Category, Metric } from '../../evaluation/metric/metric.js';
import type { AuditVerdicts } from '../shortcut/read.js';
import { verdictWords } from '../shortcut/words.js';
import type { MeasuredRow, RunSummary } from './run-summary.js';
import { besides, modelWords, percent, sentenceOf } from './words.js';

/** The four criteria of Lago et al. 2026 (doi:10.3390/bioengineering13010111). */
export const criteria = ['consistency', 'plausibility', 'fidelity', 'usefulness'] as const;
export type Criterion = (typeof criteria)[number];

/** What is known of one criterion. */
export interface Judgement {
  readonly criterion: Criterion;
  readonly question: string;
  /** `measured` where there are numbers but nothing to compare them with. */
  readonly answer: 'yes' | 'in part' | 'not shown' | 'no' | 'measured' | 'not examined';
  /** The answer in a sentence, and then a sentence for each measure. */
  readonly sentences: readonly string[];
  readonly measures: readonly {
    readonly metric: string;
    readonly mean: number | null;
    readonly low: number | null;
    readonly high: number | null;
    readonly images: number;
    readonly undefined: number;
    readonly verdict: MeasuredRow['verdict'];
    /** Whether the metric is to be doubted on this model; its verdict is then not counted. */
    readonly inDoubt: boolean;
  }[];
}

/** What one method's maps of one model are worth, for a reader who has to decide whether to look at them. */
export interface Scorecard {
  readonly format: 'sightline-scorecard';
  readonly version: 1;
  readonly method: string;
  readonly family: string;
  readonly task: string;
  readonly classes: readonly string[];
  readonly model: {
    /** What it does and how well, in sentences. */
    readonly said: string;
    /** Of a regression null; of a network that marks or boxes findings, the share that it finds. */
    readonly accuracy: number | null;
    readonly accuracyLow: number | null;
    readonly accuracyHigh: number | null;
    readonly auroc: number | null;
    readonly testImages: number;
  };
  readonly images: number;
  readonly patients: number;
  readonly judgements: readonly Judgement[];
  /** What has to be known before the card is believed. */
  readonly cautions: readonly string[];
  readonly notExamined: readonly string[];
}

const questions: Readonly<Record<Criterion, string>> = {
  consistency: 'Does the map stay the same where the image hardly changes?',
  plausibility: 'Does the map point where an expert marked the finding?',
  fidelity: 'Does the map show what the model really uses?',
  usefulness: 'Does the map help a reader to decide better?',
};

const belongsTo: Readonly<Record<Category, Criterion | undefined>> = {
  robustness: 'consistency',
  localisation: 'plausibility',
  plausibility: 'plausibility',
  faithfulness: 'fidelity',
  randomisation: 'fidelity',
  axiomatic: 'fidelity',
  groundtruth: 'fidelity',
  complexity: undefined,
};

/** Criteria whose scores are compared with those of maps that know nothing of the model. */
const compared: readonly Criterion[] = ['plausibility', 'fidelity'];

/**
 * The scorecard of each method of a run that is no baseline, after the framework of Lago et al. 2026. A
 * metric that says nothing on this model is left out, and named among the cautions; one that is to be
 * doubted is shown with its doubt, and decides nothing.
 */
export function scorecardsOf(run: RunSummary, audit?: AuditVerdicts): Scorecard[] {
  const byMethod = groupBy(run.summary, ({ method }) => method);
  return [...byMethod]
    .filter(([, rows]) => rows[0]!.family !== 'baseline')
    .map(([method, rows]) => cardOf(method, rows, run, audit));
}

const metricOf = (name: string): Metric | undefined => (registry as Readonly<Record<string, Metric>>)[name];

function cardOf(
  method: string,
  rows: readonly MeasuredRow[],
  run: RunSummary,
  audit?: AuditVerdicts,
): Scorecard {
  const { task, classes, test } = run;
  const silent = run.trust.filter(({ earns }) => earns === 'nothing');
  const heard = rows.filter(({ metric }) => silent.every((one) => one.metric !== metric));
  const of = (criterion: Criterion) =>
    heard.filter(({ metric }) => {
      const category = metricOf(metric)?.category;
      return category !== undefined && belongsTo[category] === criterion;
    });
  const judgements = criteria.map((criterion) => judgementOf(criterion, of(criterion), method, run, audit));
  return {
    ...{ format: 'sightline-scorecard', version: 1, method, family: rows[0]!.family, task, classes },
    model: {
      said: modelWords(run),
      ...{ accuracy: test.accuracy, accuracyLow: test.accuracyLow, accuracyHigh: test.accuracyHigh },
      ...{ auroc: test.auroc, testImages: test.test },
    },
    images: test.explained,
    patients: run.trust[0]?.patients ?? 0,
    judgements,
    cautions: [
      ...run.cautions,
      ...run.notes
        .filter((note) => note.startsWith(`${method}: `))
        .map((note) => note.slice(method.length + 2)),
      ...silent.map(({ why }) => `${why}; it is not counted here`),
      ...(audit?.cautions ?? []),
    ],
    notExamined: notExamined(judgements, heard, run, method, audit),
  };
}

function judgementOf(
  criterion: Criterion,
  rows: readonly MeasuredRow[],
  method: string,
  run: RunSummary,
  audit?: AuditVerdicts,
): Judgement {
  const others = groupBy(
    run.summary.filter(({ family }) => family === 'baseline'),
    ({ metric }) => metric,
  );
  const doubts = new Map(
    run.trust.filter(({ earns }) => earns === 'doubt').map(({ metric, why }) => [metric, why]),
  );
  const sentences = rows.map((row) => {
    const baselines = others.get(row.metric) ?? [];
    const beside = compared.includes(criterion)
      ? besides(
          row,
          bestOf(baselines),
          baselines.find((one) => one.method === 'random'),
        )
      : '';
    const holes =
      row.undefined > 0
        ? ` It is undefined for ${row.undefined} of ${row.undefined + row.scored} images.`
        : '';
    const why = doubts.get(row.metric);
    const doubt = why === undefined ? '' : ` It is in doubt here: ${why}.`;
    return `${sentenceOf(row, metricOf(row.metric)?.doc ?? '')}${beside}${holes}${doubt}`;
  });
  const residual = run.methods.find((one) => one.method === method)?.residual;
  const told = audit?.methods.find((one) => one.method === method);
  const more =
    criterion !== 'fidelity'
      ? []
      : [
          ...(residual == null
            ? []
            : [
                `What the map adds up to misses what it should explain by ${residual.toPrecision(2)} on average.`,
              ]),
          ...(told
            ? [
                `Asked about a shortcut that was planted on purpose, the method ${verdictWords[told.verdict]}.`,
              ]
            : []),
        ];
  const { answer, said } = answerOf(criterion, rows, doubts);
  return {
    ...{ criterion, question: questions[criterion], answer },
    sentences: [...(said === '' ? [] : [said]), ...sentences, ...more],
    measures: rows.map(({ metric, mean, low, high, scored, undefined: left, verdict }) => ({
      ...{ metric, mean, low, high, images: scored, undefined: left, verdict },
      inDoubt: doubts.has(metric),
    })),
  };
}

function answerOf(
  criterion: Criterion,
  rows: readonly MeasuredRow[],
  doubts: ReadonlyMap<string, string>,
): { readonly answer: Judgement['answer']; readonly said: string } {
  if (rows.length === 0) return { answer: 'not examined', said: '' };
  const measured = rows.filter(({ verdict }) => verdict !== null);
  if (!compared.includes(criterion) || measured.length === 0) return { answer: 'measured', said: '' };
  const judged = measured.filter(({ metric }) => !doubts.has(metric));
  if (judged.length === 0) {
    const [are, decide] = measured.length === 1 ? ['is', 'decides'] : ['are', 'decide'];
    const said = `${sentenceCase(all(measured.length))} ${are} in doubt on this model, and ${decide} nothing.`;
    return { answer: 'not shown', said };
  }
  const { answer, said } = verdictOf(judged);
  const out = measured.length - judged.length;
  const beside = out === 0 ? '' : ` ${out} more ${out === 1 ? 'is' : 'are'} in doubt and not counted.`;
  return { answer, said: `${said}${beside}` };
}

const all = (count: number) =>
  count === 1 ? 'the one measure' : count === 2 ? 'both measures' : `all ${count} measures`;

const sentenceCase = (words: string) => words[0]!.toUpperCase() + words.slice(1);

function verdictOf(judged: readonly MeasuredRow[]): ReturnType<typeof answerOf> {
  const [better, worse] = (['better', 'worse'] as const).map(
    (kind) => judged.filter(({ verdict }) => verdict === kind).length,
  ) as [number, number];
  const by = judged.length === 1 ? all(1) : `${better || worse} of ${judged.length} measures`;
  const than = 'every map that knows nothing of the model';
  if (better === judged.length)
    return { answer: 'yes', said: `By ${all(better)} it is better than ${than}.` };
  if (better > 0) return { answer: 'in part', said: `By ${by} it is better than ${than}.` };
  if (worse > 0)
    return { answer: 'no', said: `By ${by} it is worse than the best map that knows nothing of the model.` };
  return {
    answer: 'not shown',
    said: `By no measure can these images tell it from maps that know nothing of the model.`,
  };
}

function bestOf(baselines: readonly MeasuredRow[]): MeasuredRow | undefined {
  const sign = baselines[0]?.direction === 'lower' ? -1 : 1;
  return baselines.filter(({ mean }) => mean !== null).toSorted((a, b) => sign * (b.mean! - a.mean!))[0];
}

/** What a reader might think was examined, and was not. */
function notExamined(
  judgements: readonly Judgement[],
  rows: readonly MeasuredRow[],
  { test }: RunSummary,
  method: string,
  audit?: AuditVerdicts,
): string[] {
  const has = (category: Category) => rows.some(({ metric }) => metricOf(metric)?.category === category);
  const open = (criterion: Criterion) =>
    judgements.find((one) => one.criterion === criterion)!.answer === 'not examined';
  return [
    'Whether the map helps anyone: no reader has worked with it. Only a study that compares decisions with and without the map can tell.',
    ...(open('consistency')
      ? ['Whether another exposure, a little noise or a small shift of the image changes the map.']
      : []),
    'Whether the same model, trained once more, gives the same map.',
    ...(has('randomisation') ? [] : ['Whether the map depends on what the model has learned at all.']),
    ...(audit?.methods.some((one) => one.method === method && one.verdict !== 'undefined')
      ? []
      : [
          'Whether the map would show it if the model had learned a shortcut, such as a label in the corner.',
        ]),
    ...(open('plausibility') ? ['Whether the map points at what an expert marked.'] : []),
    ...(open('fidelity') ? ['Whether the model uses what the map marks.'] : []),
    ...(test.cases === 'correct' && !test.errors
      ? [
          `Images that the model gets wrong (${percent(1 - test.right / Math.max(1, test.annotated))} of those with a marked finding).`,
        ]
      : []),
    'Images without a finding, and findings that nobody marked.',
    'Hospitals, devices and patients unlike those of the test images.',
  ];
}
