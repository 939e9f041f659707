import { attribute } from '../attribution/attribute.js';
import { atInputSize } from '../attribution/input/input-size.js';
import { lookUp } from '../base/names.js';
import { placed } from '../data/geometry/placed.js';
import type { Sample } from '../data/sample.js';
import { metrics, scoreMap } from '../evaluation/index.js';
import { runHere } from '../figures/here.js';
import { modelInput } from '../model/input.js';
import type { Heat } from './explain.js';

/** One metric's verdict on a map, as a row of a table. */
export type ScoreTableRow = {
  readonly metric: string;
  readonly value: number;
  /** Whether higher or lower is better. */
  readonly better: 'higher' | 'lower' | 'none';
  /** Why there is no value, where there is none. */
  readonly undefined: string;
};

const usual = [
  'pointing-game',
  'energy-pointing-game',
  'relevance-rank',
  'iou-otsu',
  'iou-top-area',
  'average-precision',
  'deletion',
  'insertion',
];

/**
 * Scores a sample's map: where it points by the original's pixels, and what the model makes of it by its input's. `against`
 * is a sample whose places count instead of its own, or the names of metrics.
 */
export async function score(
  heat: Heat,
  against: Sample | readonly string[] = heat.sample,
  metricNames: readonly string[] = usual,
): Promise<ScoreTableRow[]> {
  const [sample, names] = isNames(against) ? [heat.sample, against] : [against, metricNames];
  const { model, made } = heat;
  const input = modelInput(model, sample.image);
  const [, , height, width] = atInputSize(heat.map, model).shape;
  const map = { data: atInputSize(heat.map, model).data, shape: [height!, width!] };
  const native = placed(map, sample);
  const again = async (x: typeof input, target: number) => {
    const { map: other } = await attribute(model, made.method, x, [target], made.options, {
      seed: made.seed,
    });
    return { data: atInputSize(other, model).data, shape: [height!, width!] };
  };
  return runHere(async (run) => {
    const rows: ScoreTableRow[] = [];
    for (const metric of names) {
      const { direction, needs } = lookUp(metrics, metric, 'metric');
      const asked = needs.includes('model') || needs.includes('explain');
      const seen = asked ? { map, mask: sample.mask } : native;
      const own = { input, target: made.targets[0]!, model, explain: again, seed: made.seed, run };
      const { value, undefined: reason } = await scoreMap(metric, { ...own, ...seen });
      rows.push({ metric, value, better: direction, undefined: reason ?? '' });
    }
    return rows;
  });
}

const isNames = (against: Sample | readonly string[]): against is readonly string[] => Array.isArray(against);

/** The same of several maps: a row for each, a column for each metric; NaN where a metric has no value. */
export async function scoreAll(
  heats: Readonly<Record<string, Heat>>,
  names: readonly string[] = usual,
): Promise<({ readonly method: string } & Readonly<Record<string, string | number>>)[]> {
  const rows = [];
  for (const [method, heat] of Object.entries(heats)) {
    const verdicts = await score(heat, names);
    rows.push({ method, ...Object.fromEntries(verdicts.map(({ metric, value }) => [metric, value])) });
  }
  return rows;
}
