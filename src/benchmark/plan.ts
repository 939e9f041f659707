import { integer, type OptionValues, optional, text } from '../base/options.js';

/** What a benchmark is told; options of the data set, the task and the training stand beside these. */
export const benchmarkOptions = {
  methods: text({
    doc: 'methods by name, separated by commas; all, or all but some: -rise,-lime',
    default: 'all',
  }),
  metrics: text({ doc: 'metrics by name, separated by commas', default: defaultMetrics().join(',') }),
  explain: integer({ doc: 'most test images to explain', default: 32, min: 1, max: 1_000_000 }),
  samples: integer({
    doc: 'random samples of the methods that draw them (RISE masks, noisy copies)',
    default: 200,
    min: 1,
  }),
  seed: integer({ doc: 'of everything random', default: 0, min: 0, max: 4294967295 }),
  model: optional(text({ doc: 'an ONNX classifier of this task, instead of training one', default: '' })),
};

export type BenchmarkOptions = OptionValues<typeof benchmarkOptions>;

function defaultMetrics(): string[] {
  return [
    'pointing-game',
    'energy-pointing-game',
    'relevance-rank',
    'iou-otsu',
    'iou-top-area',
    'average-precision',
    'deletion',
    'insertion',
  ];
}

/** `a,b` names what is wanted; `all` is everything; `-a` takes away. */
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
  const wanted = named.length > 0 ? known.filter((name) => named.includes(name)) : known;
  return wanted.filter((name) => !without.has(name));
}
