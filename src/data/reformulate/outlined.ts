import { aroundRegion } from '../geometry/around.js';
import type { Rectangle } from '../geometry/frame.js';
import { areaOf, intersection } from '../geometry/points.js';
import type { Box, Region } from '../record.js';
import type { Evidence } from './findings.js';

/** From this share of the smaller on, a box and the rectangle around a region are of one object. */
const SHARED = 0.5;

/**
 * Boxes of objects that have no outline, beside outlines of others. A region whose extent is not known may
 * outline any box of its finding.
 */
export function bareBoxes({ boxes, regions }: Evidence, height: number): readonly Box[] {
  const outlines = extentsOf(regions, height);
  return boxes.filter(
    (box) => !outlines.some(({ label, around }) => label === box.label && (!around || areOfOne(box, around))),
  );
}

/** Rectangles around regions of objects that have no box, beside boxes of others, where they are known. */
export const aroundUnboxed = ({ boxes, regions }: Evidence, height: number): readonly Rectangle[] =>
  extentsOf(regions, height).flatMap(({ label, around }) =>
    around && !boxes.some((box) => box.label === label && areOfOne(box, around)) ? [around] : [],
  );

const extentsOf = (regions: readonly Region[], height: number) =>
  regions.map((region) => ({ label: region.label, around: aroundRegion(region, height) }));

function areOfOne(box: Rectangle, around: Rectangle): boolean {
  const shared = intersection(box, around);
  return shared !== undefined && areaOf(shared) >= SHARED * Math.min(areaOf(box), areaOf(around));
}
