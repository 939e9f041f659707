import { groupBy } from '../base/groups.js';
import { counted, kebabCase } from '../base/names.js';
import { range } from '../graph/shapes.js';
import type { TestErrors, TestMeasures } from './answers.js';
import type { Chosen, Found } from './cases.js';
import { methodNotes } from './method-notes.js';
import type { BenchmarkResult, Removal, SummaryRow } from './rows.js';

/** What a benchmark found, for scripts: the same texts and numbers as the terminal and the report. */
export function conclusionsOf(result: BenchmarkResult) {
  const { task, target, classes, images, chosen, methods, skipped, summary, trust, agreement } = result;
  return {
    format: 'sightline-summary',
    version: 1,
    task,
    ...(target !== undefined && { target }),
    classes,
    images,
    ...(result.read && { read: result.read }),
    cautions: cautions(result),
    test: chosen,
    verdict: verdict(result),
    tuned: tunedLines(result),
    notes: methodNotes(methods),
    baselines: baselineLines(result),
    metricNotes: result.metricNotes,
    methods: methods.map(({ seconds: _, ...row }) => row),
    skipped,
    summary,
    trust,
    agreement,
  };
}

/** How a given model was read, line by line. */
export const readingLines = ({ read }: Pick<BenchmarkResult, 'read'>): string[] =>
  Object.entries(read ?? {}).map(([name, text]) => `${name}: ${text}`);

/** Which methods' options were tuned, how, and to what. */
export function tunedLines({ tuned, methods }: Pick<BenchmarkResult, 'tuned' | 'methods'>): string[] {
  if (tuned === undefined) return [];
  const { metric, trials, images, data, options } = tuned;
  const own = methods.filter(({ method }) => method in options);
  if (own.length === 0) return ['The file of tuned options names none of these methods.'];
  const said = own.map(({ method }) => {
    const set = Object.entries(options[method]!).map(([name, value]) => `${kebabCase(name)}=${value}`);
    return `${method} (${set.join(' ') || 'best as it is'})`;
  });
  return [
    `Options tuned by ${metric} on ${images} validation images of ${data}, ${trials} trials for each method: ${said.join(', ')}; all other methods as they are.`,
  ];
}

/** Why a model is taken to be at chance. */
export const chanceText = (chance: string, images: 'test' | 'validation' = 'test'): string =>
  `CAUTION: the model may not have learned the task: of ${images} images, ${chance}`;

/** What has to be known before any method is ranked. */
export const cautions = ({
  chosen: { chance },
  named,
  assumed,
  improper,
  classes,
}: BenchmarkResult): string[] => [
  ...(chance === undefined
    ? []
    : [
        `${chanceText(chance)}. Where it has not, no map can show why it decides, and the ranking below says nothing.`,
      ]),
  ...(named === undefined
    ? []
    : [
        `CAUTION: the model's file names its outputs ${named.join(', ')}; they were taken for ${(named.length === 1 ? classes.slice(-1) : classes).join(', ')}, in this order.`,
      ]),
  ...(assumed === undefined
    ? []
    : [
        `The model's file does not tell what its output is: ${assumed}; ${classes.length === 2 ? `'${classes[1]}' is predicted` : 'a class is predicted'} where it is above 0. Option head states something else, such as probability, predicted above one half.`,
      ]),
  ...(improper === undefined ? [] : [`CAUTION: ${improper}.`]),
];

/** The classifier's test quality in a line. */
export const testText = (test: Chosen): string =>
  test.found && !test.errors ? foundText(test, test.found) : measuresText(test);

/** How good a model's outputs are, in a line. */
export const measuresText = (test: TestMeasures): string =>
  test.errors ? errorText(test.errors) : classText(test);

const errorText = ({ mae, r2, usual }: TestErrors): string =>
  `mean absolute error ${mae.toPrecision(3)} (always the training mean ${usual.toPrecision(3)}), R2 ${shownNumber(r2)}`;

const foundText = (test: Chosen, { means, dice, iou, without }: Found): string =>
  [
    `the lesion is found in ${percent(test.accuracy)} (${percent(test.accuracyLow)} to ${percent(test.accuracyHigh)}) of the annotated test images (${means})`,
    ...(dice !== undefined && iou !== undefined
      ? [`Dice ${shownNumber(dice)}`, `IoU ${shownNumber(iou)} (means over these images)`]
      : []),
    ...(without !== undefined && without.images > 0
      ? [`and pixels are predicted in ${without.predicted} of the ${without.images} without it`]
      : []),
  ].join(', ');

const classText = (test: TestMeasures): string =>
  [
    `accuracy ${percent(test.accuracy)} (${percent(test.accuracyLow)} to ${percent(test.accuracyHigh)}; the commonest answer ${percent(test.majority)})`,
    `balanced ${percent(test.balancedAccuracy)}${test.partly ? ' of the labels that occur' : ''}`,
    `AUROC ${Number.isFinite(test.auroc) ? `${shownNumber(test.auroc)} (${shownNumber(test.aurocLow)} to ${shownNumber(test.aurocHigh)})` : 'undefined (all test images have the same labels)'}`,
    ...(test.ranked === undefined ? [] : [`the mean of ${test.ranked} classes, each against the rest`]),
    ...(test.unranked
      ? [`without ${test.unranked.join(', ')}, which no test image, or every one, shows`]
      : []),
  ].join(', ');

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

const kinds = { correct: 'correctly classified', wrong: 'wrongly classified', all: '' } as const;

/** Which images are explained, and for which class. */
export function explainedText({
  explained,
  annotated,
  right,
  cases,
  found,
  errors,
  several = 0,
}: Chosen): string {
  if (errors) return `${explained} of ${annotated} annotated test images explained`;
  const counts = { correct: right, wrong: annotated - right, all: annotated };
  if (found)
    return `${explained} of ${counts[cases]} annotated test images whose lesion is ${cases === 'all' ? 'found or missed' : cases === 'correct' ? 'found' : 'missed'} explained (${annotated} annotated, ${right} of them found)`;
  const which = ['annotated', kinds[cases]].filter(Boolean).join(' and ');
  const target = cases === 'correct' ? '' : ', for the class of the annotation, whatever is predicted';
  const drawn =
    several > 0
      ? `; of each of ${several} with several annotated findings one is drawn, and it alone counts`
      : '';
  return `${explained} of ${counts[cases]} ${which} test images explained (${annotated} annotated, ${right} of them right)${target}${drawn}`;
}

/** A metric's column of a table. */
export interface Column {
  readonly metric: string;
  readonly direction: SummaryRow['direction'];
  /** The mean of random maps, expected or measured, where it is known. */
  readonly chance: number | null;
  /**
   * Decimals of its numbers: three, or as many as give the greatest two digits, and tell a method that does
   * worse from the best.
   */
  readonly decimals: number;
  readonly rows: readonly SummaryRow[];
}

export const columnsOf = (summary: readonly SummaryRow[]): Column[] =>
  [...groupBy(summary, ({ metric }) => metric)].map(([metric, rows]) => ({
    metric,
    direction: rows[0]!.direction,
    chance: rows[0]!.chance,
    decimals: decimalsOf(rows),
    rows,
  }));

const DECIMALS = 3;

/** Means that differ in later decimals alone differ by rounding. */
const MOST_DECIMALS = 12;

function decimalsOf(rows: readonly SummaryRow[]): number {
  const means = (of: readonly SummaryRow[]) => of.flatMap(({ mean }) => mean ?? []);
  const worse = means(rows.filter(({ verdict }) => verdict === 'worse'));
  const others = means(rows.filter(({ verdict }) => verdict !== 'worse'));
  const best = rows[0]?.direction === 'lower' ? Math.min(...others) : Math.max(...others);
  const greatest = Math.max(...means(rows).map(Math.abs));
  const digits = greatest > 0 ? 1 - Math.floor(Math.log10(greatest)) : 0;
  const least = Math.min(Math.max(DECIMALS, digits), MOST_DECIMALS);
  const apart = (decimals: number) => worse.every((mean) => fixed(mean, decimals) !== fixed(best, decimals));
  return range(MOST_DECIMALS + 1).find((decimals) => decimals >= least && apart(decimals)) ?? least;
}

/** A number as all tables show it; equal texts are equal ranks. */
export const shownNumber = (value: number): string => fixed(value, DECIMALS);

/** A number as its column of a table shows it. */
export const shownIn = ({ decimals }: Pick<Column, 'decimals'>, value: number): string =>
  fixed(value, decimals);

const fixed = (value: number, decimals: number) => value.toFixed(decimals).replace(/^-(0\.0*)$/, '$1');

/** What tables say where there are too few patients to resample. */
export const noInterval = 'too few patients: no interval';

/** The ends of an interval, where it has ends. */
export const shownInterval = (low: number | null, high: number | null, decimals = DECIMALS): string =>
  low === null || high === null ? noInterval : `${fixed(low, decimals)} to ${fixed(high, decimals)}`;

/** What a table says of a score, in whatever way it can. */
export interface Marks {
  /** The best mean of its column, as shown; ties share it. Never of a row that is worse, or below chance. */
  readonly best: boolean;
  readonly verdict: SummaryRow['verdict'];
  /** Undefined for some images. */
  readonly partly: boolean;
}

/** The marks of a row: the only source of bold, stars and colours. */
export function marksOf(row: SummaryRow, { rows, direction, chance, decimals }: Column): Marks {
  const sign = direction === 'lower' ? -1 : 1;
  const means = rows.flatMap(({ mean, verdict }) =>
    mean === null || verdict === 'worse' ? [] : [sign * Number(fixed(mean, decimals))],
  );
  const best =
    direction !== 'none' &&
    row.mean !== null &&
    row.verdict !== 'worse' &&
    !(chance !== null && sign * row.mean < sign * chance) &&
    sign * Number(fixed(row.mean, decimals)) === Math.max(...means);
  return { best, verdict: row.verdict, partly: row.mean !== null && row.undefined > 0 };
}

/** Methods with their rows, best first by the first metric. */
export function orderedMethods(summary: readonly SummaryRow[]): [string, SummaryRow[]][] {
  const first = summary[0]?.metric;
  const key = (rows: readonly SummaryRow[]) => {
    const row = rows.find(({ metric }) => metric === first);
    if (row?.mean == null) return Number.MAX_VALUE;
    return row.direction === 'lower' ? row.mean : -row.mean;
  };
  return [...groupBy(summary, ({ method }) => method).entries()].sort((a, b) => key(a[1]) - key(b[1]));
}

/**
 * The conclusion in a few sentences: which methods beat every model-free baseline by the first metric, or why
 * there is no verdict.
 */
export function verdict({
  summary,
  chosen,
  cases,
}: Pick<BenchmarkResult, 'summary' | 'chosen' | 'cases'>): string[] {
  const { metric, direction } = summary[0]!;
  const ordered = orderedMethods(summary).map(([, rows]) => rows.find((row) => row.metric === metric)!);
  const methods = ordered.filter(({ family, mean }) => family !== 'baseline' && mean !== null);
  const baselines = ordered.filter(({ family, mean }) => family === 'baseline' && mean !== null);
  if (direction === 'none' || methods.length === 0 || baselines.length === 0)
    return [`No verdict: ${whyNoVerdict(ordered)}.`];
  const distinct = methods.filter(({ sameAs }) => sameAs === null);
  const better = distinct.filter((row) => row.verdict === 'better').length;
  const worse = distinct.filter((row) => row.verdict === 'worse').length;
  const comparisons = distinct.length * baselines.filter(({ sameAs }) => sameAs === null).length;
  const patients = new Set(cases.samples.map(({ patient }) => patient)).size;
  const open = distinct.length - better - worse;
  const same = groupBy(
    methods.filter(({ sameAs, method }) => sameAs !== null || methods.some((one) => one.sameAs === method)),
    ({ sameAs, method }) => sameAs ?? method,
  );
  return [
    `By ${metric}, ${better} of ${distinct.length} methods ${better === 1 ? 'beats' : 'beat'} every model-free baseline on ${counted(chosen.explained, 'image')} of ${counted(patients, 'patient')}, ${worse} ${worse === 1 ? 'does' : 'do'} worse than the best baseline, and ${open} ${open === 1 ? 'is' : 'are'} inconclusive (sign-flip tests of patients' paired differences; 5 % by Holm's correction for ${counted(comparisons, 'comparison')}).`,
    ...(comparisons * 2 ** (1 - patients) >= 0.05
      ? [
          `No method can pass: ${counted(patients, 'patient')} ${patients === 1 ? 'is' : 'are'} too few for ${counted(comparisons, 'comparison')}.`,
        ]
      : []),
    ...leftOutLines([...distinct, ...baselines]),
    ...(same.size > 0
      ? [`Methods with the same maps count once: ${[...same.values()].map(namesOf).join('; ')}.`]
      : []),
    `Best method: ${bestText(methods)}. Best baseline: ${bestText(baselines)}.`,
  ];
}

/** Why some rows of one metric have nothing to compare. */
function whyNoVerdict(rows: readonly SummaryRow[]): string {
  const { metric, direction } = rows[0]!;
  if (direction === 'none') return `by ${metric} no score is better than another`;
  const [baselines, methods] = [true, false].map((isBaseline) =>
    rows.filter(({ family }) => (family === 'baseline') === isBaseline),
  ) as [SummaryRow[], SummaryRow[]];
  if (baselines.length === 0)
    return 'no model-free baseline, such as random or centre, is among the methods, and a method is judged beside them';
  if (methods.length === 0) return 'all methods are model-free baselines';
  const undefinedOnes = methods.every(({ mean }) => mean === null) ? methods : baselines;
  return `${metric} is undefined for all images by ${undefinedOnes.map(({ method }) => method).join(', ')}`;
}

/** Which rows are tested on fewer images than are explained, because some of their scores are undefined. */
function leftOutLines(rows: readonly SummaryRow[]): string[] {
  const fewer = groupBy(
    rows.filter((row) => row.undefined > 0),
    ({ undefined: left, scored }) => `${left} of ${counted(left + scored, 'image')}`,
  );
  const parts = [...fewer].map(([left, own]) => `${left} of ${own.map(({ method }) => method).join(', ')}`);
  return parts.length === 0 ? [] : [`Undefined scores are left out of these tests: ${parts.join('; ')}.`];
}

/** The first of some rows in order, and all others with the same mean as it is shown. */
function bestText(rows: readonly SummaryRow[]): string {
  const isFirst = ({ sameAs }: SummaryRow) => !rows.some(({ method }) => method === sameAs);
  const [best, ...rest] = rows.filter(isFirst);
  const others = rest.filter(({ mean }) => shownNumber(mean!) === shownNumber(best!.mean!));
  const names = others.map(({ method }) => method).join(', ');
  const also = names && `; ${names} ${others.length === 1 ? 'has' : 'have'} the same mean`;
  return `${best!.method} with ${scoreText(best!)}${also}`;
}

const namesOf = (rows: readonly SummaryRow[]) => rows.map(({ method }) => method).join(' = ');

const scoreText = ({ mean, low, high }: SummaryRow) => `${shownNumber(mean!)} (${shownInterval(low, high)})`;

/** What each metric is worth that does not simply earn its column: those that say nothing first. */
export const trustLines = ({ trust }: Pick<BenchmarkResult, 'trust'>): string[] =>
  (['nothing', 'doubt'] as const).flatMap((kind) =>
    trust.filter(({ earns }) => earns === kind).map(({ why }) => why),
  );

/** The metrics that tell no method from random maps, with the reason. */
export const saysNothing = ({ trust }: Pick<BenchmarkResult, 'trust'>): ReadonlyMap<string, string> =>
  new Map(trust.flatMap(({ metric, earns, why }) => (earns === 'nothing' ? [[metric, why] as const] : [])));

/** The same as an object, such as `show.table` takes it for columns in grey. */
export const greyMetrics = (result: Pick<BenchmarkResult, 'trust'>): Readonly<Record<string, string>> =>
  Object.fromEntries(saysNothing(result));

/** The mean scores as rows of a table, best method first by the first metric; NaN where undefined. */
export const summaryRows = ({
  summary,
}: Pick<BenchmarkResult, 'summary'>): ({ readonly method: string } & Readonly<
  Record<string, string | number>
>)[] =>
  orderedMethods(summary).map(([method, rows]) => ({
    method,
    ...Object.fromEntries(rows.map(({ metric, mean }) => [metric, mean ?? Number.NaN])),
  }));

/** What the model says of images and baselines: a line for methods that agree, and for each metric. */
export function baselineLines({
  methods,
  removals,
}: Pick<BenchmarkResult, 'methods' | 'removals'>): string[] {
  const compared = methods.flatMap(({ method, options, compared }) =>
    compared
      ? [{ method, of: options.baseline === undefined ? '' : ` (${options.baseline})`, ...compared }]
      : [],
  );
  const outputs = groupBy(compared, ({ input, baseline, of }) => {
    const [image, without] = toldApart(input, baseline, 2);
    return `${image}, f(baseline) ${without}${of}`;
  });
  return [
    ...[...outputs].map(([said, rows]) => `f(image) ${said}: ${rows.map(({ method }) => method).join(', ')}`),
    ...removals.map(removalLine),
  ];
}

/** Two numbers with some decimals, or with three digits where these do not tell them apart. */
function toldApart(one: number, other: number, decimals: number): readonly [string, string] {
  const [a, b] = [fixed(one, decimals), fixed(other, decimals)];
  return a === b && one !== other ? [one.toPrecision(3), other.toPrecision(3)] : [a, b];
}

function removalLine({ metric, input, baseline, images, kept }: Removal): string {
  const [whole, replaced] = toldApart(input, baseline, 3);
  const ends = `${metric}: from ${whole} with no pixel replaced to ${replaced} with all`;
  if (kept === 0) return ends;
  return `${ends}: the replacement does not remove the evidence in ${kept} of ${images} images, of which the column says little`;
}
