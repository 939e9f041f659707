import { extent } from '../../tensor/quantile.js';
import type { Box } from '../record.js';
import { areaOf, intersection } from './index.js';

/**
 * Rules that merge the boxes of several readers. `all`: keeps every box. `union`: the bounding box of each
 * cluster of agreeing boxes. `majority`: the mean box of each cluster that more than half of the readers
 * marked. `weighted-box-fusion`: the mean box of each cluster (Solovyev, Wang, Gabruseva 2021, DOI
 * 10.1016/j.imavis.2021.104117). Each reader counts as a model of confidence 1, so the confidence of a fused
 * box is the share of readers who marked it.
 */
export const consensusRules = ['union', 'majority', 'weighted-box-fusion', 'all'] as const;
export type Consensus = (typeof consensusRules)[number];

export interface ConsensusOptions {
  readonly rule: Consensus;
  /** Two boxes of one label agree where their intersection over union exceeds this. */
  readonly overlap: number;
  /** Number of readers of the image. */
  readonly readers: number;
  /** Minimum confidence of a fused box; `weighted-box-fusion` only. */
  readonly confidence: number;
}

/** Merges the boxes of one image by the rule. */
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
 * The clustering of weighted box fusion. Each box, in order, joins the cluster of its label whose mean box
 * has the highest intersection over union, if that exceeds `overlap`. Otherwise it starts a new cluster.
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
  const x = extent(group.map((box) => box.x)).low;
  const y = extent(group.map((box) => box.y)).low;
  const right = extent(group.map((box) => box.x + box.width)).high;
  const bottom = extent(group.map((box) => box.y + box.height)).high;
  return { label: group[0]!.label, x, y, width: right - x, height: bottom - y };
}
