import { type MethodName, methods } from '../attribution/index.js';
import type { Method } from '../attribution/method.js';
import { memberOf, unknownName } from '../base/names.js';
import { choice, integer, type Option, type OptionValues, optional, text } from '../base/options.js';
import { type MetricName, metrics, usualMetrics } from '../evaluation/index.js';
import type { Metric } from '../evaluation/metric/metric.js';
import type { Classifier } from '../model/classifier.js';
import { headOption } from '../model/head.js';
import type { LoadOptions } from '../model/load.js';
import { normalisationOption } from '../model/normalisation.js';
import { precisionOption } from '../model/precision.js';
import type { Target } from '../model/target.js';
import { caseChoices } from './cases.js';
import type { MetricChoice } from './score-sample.js';

/** A selection of registry members: names in one text, or a list of names and of the caller's own members. */
export type Wanted<T, Name extends string = string> = string | readonly (Name | T)[];

const wanted = <T, Name extends string>(declared: {
  readonly doc: string;
  readonly default: string;
}): Option<Wanted<T, Name>> => ({
  ...text(declared),
  read: (given) => (typeof given === 'string' || Array.isArray(given) ? given : undefined),
});

/** The options of a benchmark, in addition to those of the data set, the task and the training. */
export const benchmarkOptions = {
  methods: wanted<Method, MethodName>({
    doc: 'methods by name, separated by commas; all, or all but some: -rise,-lime',
    default: 'all',
  }),
  metrics: wanted<Metric, MetricName>({
    doc: 'metrics by name, separated by commas; all, or all but some; tables are sorted by the first',
    default: usualMetrics.join(','),
  }),
  explain: integer({ doc: 'most test images to explain', default: 24, min: 1, max: 1_000_000 }),
  cases: choice(caseChoices, {
    doc: 'which annotated test images: those classified right or wrong, or all; each is explained for its annotated class',
    default: 'correct',
  }),
  samples: integer({
    doc: 'random samples of the methods that draw them (RISE masks, noisy copies); methods over coalitions of segments evaluate the model 20 times as often, at least 256 times',
    default: 50,
    min: 1,
  }),
  budget: optional(
    integer({
      doc: 'model evaluations for one sample, the same for every method that draws samples or takes steps, in place of --samples',
      default: 0,
      min: 3,
      max: 10_000_000,
    }),
  ),
  steps: integer({
    doc: 'steps of the metrics that change an image step by step (deletion, insertion)',
    default: 20,
    min: 1,
  }),
  unit: choice(['pixels', 'millimetres'], {
    doc: 'of the metrics that measure a distance; millimetres where the files state the spacing of pixels',
    default: 'pixels',
  }),
  seed: integer({ doc: 'of everything random', default: 0, min: 0, max: 4294967295 }),
  model: optional(
    text({
      doc: 'an ONNX classifier of this task, instead of training one; of two classes, a single score is that of the second',
      default: '',
    }),
  ),
  normalisation: optional(normalisationOption),
  head: optional({ ...headOption, doc: `of a given model: ${headOption.doc}` }),
  target: optional(
    text({
      doc: 'the number to explain instead of the score of the annotated class: class:1-0, probability:1, output:scores[1]; region:1@predicted or @annotated of a segmentation network, (largest) for one lesion; box:annotated@0 of a detection network',
      default: '',
    }),
  ),
  tuned: optional(text({ doc: 'a file of options that sightline tune chose (tuned.json)', default: '' })),
  precision: precisionOption,
};

export type BenchmarkOptions = OptionValues<typeof benchmarkOptions>;

/** What the user says of a given model. */
export const statedIn = ({
  normalisation,
  head,
}: Partial<Pick<BenchmarkOptions, 'normalisation' | 'head'>>): Pick<
  LoadOptions,
  'normalisation' | 'head'
> => ({
  ...(normalisation !== undefined && { normalisation }),
  ...(head !== undefined && { head }),
});

export const chosenMethods = (given: Wanted<Method>): Method[] => chosen<Method>(given, methods, 'method');

/** What the benchmark sets of metrics' options. */
interface MetricSettings {
  readonly steps: number;
  readonly unit?: BenchmarkOptions['unit'];
  readonly target?: Target;
}

/**
 * The chosen metrics with the options that the benchmark sets. Metrics that replace pixels follow the raw
 * value of a target that has no probability.
 */
export const chosenMetrics = (
  given: Wanted<Metric>,
  { steps, unit = 'pixels', target }: MetricSettings,
): MetricChoice[] =>
  chosen<Metric>(given, metrics, 'metric').map((metric) => ({
    metric,
    options: {
      ...('steps' in metric.options && { steps }),
      ...('unit' in metric.options && unit !== 'pixels' && { unit }),
      ...(target && rawOf(metric)),
    },
  }));

/** The metrics for a model: of the raw output where it has no probabilities. */
export const metricsFor = (
  { head }: Pick<Classifier, 'head'>,
  choices: readonly MetricChoice[],
): readonly MetricChoice[] =>
  head.link === 'none'
    ? choices.map(({ metric, options }) => ({ metric, options: { ...options, ...rawOf(metric) } }))
    : choices;

const rawOf = ({ options }: Metric) => ('quantity' in options ? { quantity: 'logit' } : {});

function chosen<T extends { readonly name: string }>(
  given: Wanted<T>,
  registry: Readonly<Record<string, T>>,
  what: string,
): T[] {
  const all = { ...registry };
  const names = (typeof given === 'string' ? [given] : given).map((one) => {
    if (typeof one === 'string') return one;
    all[one.name] = memberOf(all, one, what);
    return one.name;
  });
  const known = Object.keys(all);
  return selection(names.join(','), known, (name) => unknownName(known, name, what)).map(
    (name) => all[name]!,
  );
}

/** Parses a selection: `a,b` selects members in that order, `all` selects all, `-a` excludes one. */
export function selection(
  given: string,
  known: readonly string[],
  unknown: (name: string) => Error,
): string[] {
  const parts = given
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const without = new Set(parts.filter((p) => p.startsWith('-')).map((p) => p.slice(1)));
  const named = parts.filter((p) => !p.startsWith('-') && p !== 'all');
  for (const name of [...named, ...without]) if (!known.includes(name)) throw unknown(name);
  const wanted = named.length === 0 || parts.includes('all') ? [...named, ...known] : named;
  return [...new Set(wanted)].filter((name) => !without.has(name));
}
