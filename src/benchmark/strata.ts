import { groupBy } from '../base/groups.js';
import { metrics as registry } from '../evaluation/index.js';
import type { Metric } from '../evaluation/metric/metric.js';
import { quantile } from '../tensor/quantile.js';
import type { ScoreRow, StratumRow } from './rows.js';
import { intervalOf, isProportion } from './summary.js';

type Scored = Pick<
  ScoreRow,
  | 'sample'
  | 'patient'
  | 'target'
  | 'prediction'
  | 'probability'
  | 'lesionShare'
  | 'lesions'
  | 'lesionAxes'
  | 'site'
  | 'method'
  | 'metric'
  | 'value'
>;

/** An annotation whose longer axis is this many times its shorter one is elongated. */
const ELONGATED = 2;
/** The model is confident of the explained class from this probability on. */
const CONFIDENT = 0.9;

interface Stratification {
  readonly by: string;
  /** The strata in order. */
  readonly names: readonly string[];
  /** The place of an image's stratum among them; undefined where it is not known. */
  of(row: Scored): number | undefined;
}

/**
 * The mean score of each method by each metric within strata of the images: by size, number and shape of the
 * annotated lesions, by site, and by whether the model is right and confident. Hits and misses have the
 * interval of a proportion. A stratification that puts all images in one stratum is left out.
 */
export function strataOf(
  rows: readonly Scored[],
  seed: number,
  metrics: readonly Pick<Metric, 'name' | 'range' | 'binary'>[] = Object.values(registry),
): StratumRow[] {
  const byMetric = groupBy(rows, ({ metric }) => metric);
  const known = new Map(metrics.map((metric) => [metric.name, metric]));
  const isHits = (name: string, own: readonly Pick<Scored, 'value'>[]) => {
    const metric = known.get(name);
    return metric !== undefined && isProportion(metric, own);
  };
  const hits = new Set([...byMetric].flatMap(([name, own]) => (isHits(name, own) ? [name] : [])));
  const images = [...new Map(rows.map((row) => [row.sample, row])).values()];
  return stratifications(images).flatMap(({ by, names, of }) => {
    const found = new Set(images.map(of).filter((place) => place !== undefined));
    if (found.size < 2) return [];
    const placed = rows.flatMap((row) => {
      const place = of(row);
      return place === undefined ? [] : [{ ...row, place }];
    });
    const groups = groupBy(placed, ({ metric, method, place }) => `${place}\n${metric}\n${method}`);
    return [...groups.values()]
      .toSorted((a, b) => a[0]!.place - b[0]!.place)
      .map((group) => ({
        by,
        stratum: names[group[0]!.place]!,
        ...summaryOf(group, hits.has(group[0]!.metric) || isHits(group[0]!.metric, group), seed),
      }));
  });
}

function summaryOf(
  group: readonly Scored[],
  hits: boolean,
  seed: number,
): Omit<StratumRow, 'by' | 'stratum'> {
  const { metric, method } = group[0]!;
  const scored = group.flatMap(({ patient, value }) => (value === null ? [] : [{ patient, value }]));
  return {
    ...{ metric, method },
    ...intervalOf(scored, hits, seed),
    images: group.length,
    patients: new Set(group.map(({ patient }) => patient)).size,
    undefined: group.length - scored.length,
  };
}

function stratifications(images: readonly Scored[]): Stratification[] {
  const shares = images.map(({ lesionShare }) => lesionShare);
  const [low, high] = [quantile(shares, 1 / 3), quantile(shares, 2 / 3)];
  const percent = (share: number) => `${(100 * share).toPrecision(2)} %`;
  const sites = [...new Set(images.flatMap(({ site }) => site ?? []))].sort();
  return [
    {
      by: 'size',
      names: [`small (up to ${percent(low)} of the image)`, `middle (up to ${percent(high)})`, 'large'],
      of: ({ lesionShare }) => (lesionShare <= low ? 0 : lesionShare <= high ? 1 : 2),
    },
    {
      by: 'number',
      names: ['one lesion', 'several'],
      of: ({ lesions }) => (lesions === 0 ? undefined : lesions === 1 ? 0 : 1),
    },
    {
      by: 'shape',
      names: ['compact', 'elongated'],
      of: ({ lesions, lesionAxes }) => (lesions === 0 ? undefined : lesionAxes < ELONGATED ? 0 : 1),
    },
    { by: 'site', names: sites, of: ({ site }) => (site === null ? undefined : sites.indexOf(site)) },
    {
      by: 'prediction',
      names: ['right', 'wrong'],
      of: ({ prediction, target }) => (prediction.split('; ').includes(target) ? 0 : 1),
    },
    {
      by: 'confidence',
      names: [`confident (${CONFIDENT} and more)`, 'not confident'],
      of: ({ probability }) => (probability === null ? undefined : probability >= CONFIDENT ? 0 : 1),
    },
  ];
}
