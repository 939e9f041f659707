import { methods } from '../attribution/index.js';
import { unknownName } from '../base/names.js';
import { type GivenOptions, integer, type OptionValues, optional, text } from '../base/options.js';
import { metricOf, metrics } from '../evaluation/index.js';

/** Where a map points first, then what the model makes of it; tables are sorted by the first. */
const usualMetrics = [
  'relevance-rank',
  'pointing-game',
  'energy-pointing-game',
  'iou-otsu',
  'iou-top-area',
  'average-precision',
  'deletion',
  'insertion',
];

/** What a benchmark is told; options of the data set, the task and the training stand beside these. */
export const benchmarkOptions = {
  methods: text({
    doc: 'methods by name, separated by commas; all, or all but some: -rise,-lime',
    default: 'all',
  }),
  metrics: text({
    doc: 'metrics by name, separated by commas; all, or all but some; tables are sorted by the first',
    default: usualMetrics.join(','),
  }),
  explain: integer({ doc: 'most test images to explain', default: 24, min: 1, max: 1_000_000 }),
  samples: integer({
    doc: 'random samples of the methods that draw them (RISE masks, noisy copies)',
    default: 50,
    min: 1,
  }),
  steps: integer({
    doc: 'steps of the metrics that change an image step by step (deletion, insertion)',
    default: 20,
    min: 1,
  }),
  seed: integer({ doc: 'of everything random', default: 0, min: 0, max: 4294967295 }),
  model: optional(text({ doc: 'an ONNX classifier of this task, instead of training one', default: '' })),
};

export type BenchmarkOptions = OptionValues<typeof benchmarkOptions>;

export const chosenMethods = (given: string): string[] => chosen(given, Object.keys(methods), 'method');

/** The chosen metrics with what is set of their options. */
export const chosenMetrics = (given: string, steps: number): Readonly<Record<string, GivenOptions>> =>
  Object.fromEntries(
    chosen(given, Object.keys(metrics), 'metric').map((name) => [
      name,
      'steps' in metricOf(name).options ? { steps } : {},
    ]),
  );

const chosen = (given: string, known: readonly string[], what: string) =>
  selection(given, known, (name) => unknownName(known, name, what));

/** `a,b` names what is wanted, in that order; `all` is everything; `-a` takes away. */
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
