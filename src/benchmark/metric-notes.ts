import { counted } from '../base/names.js';
import type { MethodScores } from './rows.js';

/**
 * What metrics say of how they measured, such as that they hardly changed the images: a line for each thing,
 * with the images that it holds of. What a metric that replaces pixels says of its baseline is counted as a
 * removal, and what is `known` of all probabilities is told elsewhere. `scored` holds the scores of each
 * method by metric.
 */
export function metricNotes(
  scored: readonly Readonly<Record<string, MethodScores>>[],
  known?: string,
): string[] {
  const images = new Map<string, Set<number>>();
  for (const byMetric of scored)
    for (const [metric, { scores }] of Object.entries(byMetric))
      for (const [image, { note, compared }] of scores.entries()) {
        if (note === undefined || compared !== undefined || note === known) continue;
        const line = `${metric}: ${note}`;
        images.set(line, (images.get(line) ?? new Set()).add(image));
      }
  const all = Math.max(
    ...scored.flatMap((byMetric) => Object.values(byMetric).map(({ scores }) => scores.length)),
  );
  return [...images].map(([line, { size }]) =>
    size === all ? line : `${line}, of ${counted(size, 'image')}`,
  );
}
