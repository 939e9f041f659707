import type { Frame } from '../geometry/frame.js';
import { runsOf } from '../geometry/runs.js';
import type { Recipe } from '../reformulate/reformulation.js';
import { maskOfEvidence, type RegionMasks } from './evidencemask.js';

/** A mask of each of a sample's findings, as starts and lengths along the rows. */
export type FindingRuns = readonly (readonly number[] | null)[];

/**
 * The masks of a recipe's findings as runs, where it has several and boxes do not tell them apart; `null` for
 * a finding without a place.
 */
export async function runsOfFindings(
  { findings = [], boxes, regions }: Recipe,
  frame: Frame,
  masks: RegionMasks,
  sourceHeight: number,
): Promise<FindingRuns | undefined> {
  if (!keepsRuns({ findings, regions })) return undefined;
  const runs: (readonly number[] | null)[] = [];
  for (const finding of findings) {
    const isOwn = ({ label }: { readonly label: string }) => label === finding;
    const own = { boxes: boxes.filter(isOwn), regions: regions.filter(isOwn) };
    const mask = await maskOfEvidence(own, frame, masks, sourceHeight);
    runs.push(mask ? runsOf(mask.data) : null);
  }
  return runs;
}

/** Whether the masks of a recipe's findings are kept one by one. */
export const keepsRuns = ({ findings = [], regions }: Pick<Recipe, 'findings' | 'regions'>): boolean =>
  findings.length > 1 && regions.length > 0;
