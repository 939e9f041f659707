import { inputError } from '../../base/errors.js';
import type { Frame } from '../geometry/frame.js';
import type { Mask } from '../geometry/mask.js';
import type { Recipe } from '../reformulate/reformulation.js';
import { maskOfEvidence, type RegionMasks } from './evidencemask.js';

/** A mask of each of a sample's findings, as lengths of background and mask in turn, along the rows. */
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
    runs.push(mask ? runsOf(mask) : null);
  }
  return runs;
}

/** Whether the masks of a recipe's findings are kept one by one. */
export const keepsRuns = ({ findings = [], regions }: Pick<Recipe, 'findings' | 'regions'>): boolean =>
  findings.length > 1 && regions.length > 0;

/** Lengths of background and mask in turn, along the rows. */
function runsOf({ data }: Mask): number[] {
  const runs: number[] = [];
  let [value, start] = [0, 0];
  for (let i = 0; i < data.length; i++) {
    if (data[i] === value) continue;
    runs.push(i - start);
    [value, start] = [data[i]!, i];
  }
  return [...runs, data.length - start];
}

/** The mask of `pixels` pixels that `runs` describe. Throws where they have another length. */
export function maskOfLengths(runs: readonly number[], pixels: number): Uint8Array {
  const data = new Uint8Array(pixels);
  let at = 0;
  for (const [i, length] of runs.entries()) {
    if (i % 2 === 1) data.fill(1, at, at + length);
    at += length;
  }
  if (at !== pixels) throw inputError(`runs of ${at} pixels are no mask of ${pixels}`);
  return data;
}
