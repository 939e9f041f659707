export type { ArrayScores, ScoredArrays } from './arrays.js';
export { scoreArrays } from './arrays.js';
export type { Category, Metric, Score, Scored, Sign } from './metric/metric.js';
export { metric, undefinedScore } from './metric/metric.js';
export type { MetricName } from './registry.js';
export { metricOf, metrics, usualMetrics } from './registry.js';
export { scoreMap } from './score.js';
