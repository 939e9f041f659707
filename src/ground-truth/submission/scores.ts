import type { RunContext } from '../../base/run.js';
import { scoreMap } from '../../evaluation/score.js';
import { type RoleMasks, roles } from '../../synthetic/problem/problem.js';
import { rows, type Tensor } from '../../tensor/tensor.js';
import { enrichment } from '../roles.js';
import { enrichmentOf } from '../run.js';
import type { SubmissionScore, SubmissionTask } from './format.js';

/** Metrics that follow from maps and known pixels alone, so that anyone can compute them again. */
export const submissionMetrics = ['emd-score', 'precision', 'relevance-inside-weight'] as const;

/** A score that was computed here. */
export interface ComputedScore extends SubmissionScore {
  /** Images that could have one. */
  readonly images: number;
}

/** The scores of a task's maps `[N, H, W]` against the known pixels of each image. */
export async function scoresOf(
  { problem, model }: Pick<SubmissionTask, 'problem' | 'model'>,
  maps: Tensor,
  masks: readonly RoleMasks[],
  run: RunContext,
): Promise<ComputedScore[]> {
  const shape = maps.shape.slice(1);
  const planes = masks.map((_, i): Tensor => ({ data: rows(maps, i, i + 1).data, shape }));
  const found: ComputedScore[] = [];
  const add = (metric: string, values: readonly number[]) => {
    const known = values.filter((value) => !Number.isNaN(value));
    const mean = known.reduce((a, b) => a + b, 0) / known.length;
    const images = values.length;
    found.push({ problem, model, metric, mean, undefined: images - known.length, images });
  };
  for (const metric of submissionMetrics) {
    const values = [];
    for (const [i, map] of planes.entries()) {
      const mask = { data: masks[i]!.cause ?? new Uint8Array(map.data.length), shape };
      values.push((await scoreMap(metric, { map, mask, seed: 0, run })).value);
    }
    add(metric, values);
  }
  for (const role of roles) {
    const values = masks.flatMap(({ [role]: mask }, i) => (mask ? [enrichment(planes[i]!, mask)] : []));
    if (values.length > 0) add(enrichmentOf(role), values);
  }
  return found;
}
