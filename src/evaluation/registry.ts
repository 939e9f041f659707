import { memberOf } from '../base/names.js';
import { type NameIn, registryOf } from '../base/registry.js';
import * as axiomatic from './axiomatic/index.js';
import * as complexity from './complexity/index.js';
import * as faithfulness from './faithfulness/index.js';
import * as groundTruth from './ground-truth/index.js';
import * as localisation from './localisation/index.js';
import type { Metric } from './metric/metric.js';
import * as plausibility from './plausibility/index.js';
import * as randomisation from './randomisation/index.js';
import * as robustness from './robustness/index.js';

/** All metrics by name. */
export const metrics = registryOf(
  localisation,
  faithfulness,
  complexity,
  robustness,
  randomisation,
  axiomatic,
  groundTruth,
  plausibility,
);

/** The name of a registered metric. */
export type MetricName = NameIn<typeof metrics>;

/** Looks up a metric by name; returns the caller's own metric as it is. */
export const metricOf = (given: string | Metric): Metric => memberOf(metrics, given, 'metric');

/** Default metrics: localisation first, then faithfulness. Tables are sorted by the first. */
export const usualMetrics = [
  'relevance-rank',
  'pointing-game',
  'energy-pointing-game',
  'iou-otsu',
  'iou-top-area',
  'average-precision',
  'deletion',
  'insertion',
] as const satisfies readonly (keyof typeof metrics)[];
