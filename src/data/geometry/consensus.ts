import type { Box } from '../record.js';
import { areaOf, intersection } from './index.js';

/**
 * How the boxes of several readers become one set. `all`: every reader's own. `union`: boxes that agree
 * become the box around them. `majority`: of these only what more than half of the readers marked, as the
 * mean of their boxes. `weighted-box-fusion`: the mean of boxes that agree (Solovyev, Wang, Gabruseva 2021,
 * DOI 10.1016/j.imavis.2021.104117), each reader counting as a model of confidence 1, so that a fused box's
 * confidence is the share of readers who marked it.
 */
export const consensusRules = ['union', 'majority', 'weighted-box-fusion', 'all'] as const;
export type Consensus = (typeof consensusRules)[number];

export interface ConsensusOptions {
  readonly rule: Consensus;
  /** Intersection over union from which two boxes of one label agree. */
  readonly overlap: number;
  /** How many readers looked at the image. */
  readonly readers: number;
  /** The least confidence of a fused box, of weighted box fusion alone. */
  readonly confidence: number;
}

/** The boxes of one image that its readers agree on. */
export function consensus(boxes: readonly Box[], options: ConsensusOptions): Box[] {
  const { rule, overlap, readers, confidence } = options;
  if (rule === 'all') return [...boxes];
  const groups = clusters(boxes, overlap);
  if (rule === 'union') return groups.map(around);
  if (rule === 'majority') return groups.filter((group) => 2 * marked(group) > readers).map(mean);
  return groups.filter((group) => Math.min(group.length, readers) / readers >= confidence).map(mean);
}

export function intersectionOverUnion(a: Box, b: Box): number {
  const shared = intersection(a, b);
  if (shared === undefined) return 0;
  const both = areaOf(shared);
  return both / (areaOf(a) + areaOf(b) - both);
}

/**
 * Weighted box fusion's clusters: each box, in order, joins the cluster of its label whose mean box it
 * overlaps most, if by more than `overlap`; else it begins one.
 */
function clusters(boxes: readonly Box[], overlap: number): Box[][] {
  const groups: { boxes: Box[]; fused: Box }[] = [];
  for (const box of boxes) {
    let best: (typeof groups)[number] | undefined;
    let most = overlap;
    for (const group of groups) {
      if (group.fused.label !== box.label) continue;
      const shared = intersectionOverUnion(group.fused, box);
      if (shared > most) [best, most] = [group, shared];
    }
    if (best === undefined) groups.push({ boxes: [box], fused: box });
    else {
      best.boxes.push(box);
      best.fused = mean(best.boxes);
    }
  }
  return groups.map((group) => group.boxes);
}

const marked = (group: readonly Box[]): number => new Set(group.map((box) => box.reader)).size;

function mean(group: readonly Box[]): Box {
  const average = (side: (box: Box) => number) =>
    group.reduce((sum, box) => sum + side(box), 0) / group.length;
  return {
    label: group[0]!.label,
    x: average((box) => box.x),
    y: average((box) => box.y),
    width: average((box) => box.width),
    height: average((box) => box.height),
  };
}

function around(group: readonly Box[]): Box {
  const x = Math.min(...group.map((box) => box.x));
  const y = Math.min(...group.map((box) => box.y));
  const right = Math.max(...group.map((box) => box.x + box.width));
  const bottom = Math.max(...group.map((box) => box.y + box.height));
  return { label: group[0]!.label, x, y, width: right - x, height: bottom - y };
}
