import { aroundRegion } from '../geometry/around.js';
import type { Rectangle } from '../geometry/frame.js';
import { areaOf, intersection } from '../geometry/points.js';
import type { Archive, ImageRecord } from '../record.js';
import { type Evidence, evidenceOf } from './findings.js';
import { aroundUnboxed } from './outlined.js';
import type { Marked } from './reformulation.js';
import { wholeOf } from './whole.js';

/** Rectangles around all annotations; `undefined` where that needs a mask to be read. */
export function placesOf(evidence: Evidence, height: number): readonly Rectangle[] | undefined {
  const { boxes, regions } = evidence;
  if (boxes.length > 0) return [...boxes, ...aroundUnboxed(evidence, height)];
  const around = regions.map((region) => aroundRegion(region, height));
  return around.includes(undefined) ? undefined : (around as Rectangle[]);
}

/**
 * Returns a function that gives the area of a window marked as a finding, in pixels: by boxes, by bounding
 * boxes of regions, or by mask pixels. `undefined` where the masks have not been read.
 */
export function markedArea(
  record: ImageRecord,
  finding: string,
  marked: Marked,
): (window: Rectangle) => number | undefined {
  const places = placesOf(evidenceOf(record, [finding]), wholeOf(record).height);
  return (window) => (places ? unionArea(places, window) : marked(record, finding, window));
}

/** Findings whose area needs masks to be read. */
export const needingMarks = ({ records }: Pick<Archive, 'records'>, findings: readonly string[]) =>
  findings.filter((finding) =>
    records.some((record) => placesOf(evidenceOf(record, [finding]), record.height ?? 0) === undefined),
  );

/** Area of the union of rectangles within a window. */
export function unionArea(places: readonly Rectangle[], within: Rectangle): number {
  const inside = places.flatMap((place) => intersection(place, within) ?? []);
  const xs = [...new Set(inside.flatMap(({ x, width }) => [x, x + width]))].sort((a, b) => a - b);
  let area = 0;
  for (const [i, left] of xs.slice(0, -1).entries()) {
    const right = xs[i + 1]!;
    const spans = inside.filter(({ x, width }) => x <= left && x + width >= right).sort((a, b) => a.y - b.y);
    let reached = Number.NEGATIVE_INFINITY;
    for (const { y, height } of spans) {
      area += (right - left) * Math.max(0, y + height - Math.max(y, reached));
      reached = Math.max(reached, y + height);
    }
  }
  return area;
}

/**
 * Share of a box that a window shows; for a box larger than the window, the share of the window that it
 * covers.
 */
export function shownShare(box: Rectangle, window: Rectangle): number {
  const shared = intersection(box, window);
  return shared === undefined ? 0 : areaOf(shared) / Math.min(areaOf(box), areaOf(window));
}
