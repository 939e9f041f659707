export type { ArrayScores, ScoredArrays } from './arrays.js';
export { scoreArrays } from './arrays.js';
export type { Category, Metric, Score, Scored, Seen } from './metric/metric.js';
export { metric, undefinedScore } from './metric/metric.js';
export type { Sign } from './metric/reading.js';
export type { MetricName } from './registry.js';
export { metricOf, metrics, usualMetrics } from './registry.js';
export type { Scorer } from './score.js';
export { scoreMap, scorerOf } from './score.js';
