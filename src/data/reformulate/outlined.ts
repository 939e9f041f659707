import { aroundRegion } from '../geometry/around.js';
import type { Rectangle } from '../geometry/frame.js';
import { areaOf, intersection } from '../geometry/points.js';
import type { Box, ImageRecord, Region } from '../record.js';
import { type Evidence, evidenceOf, findingsOf } from './findings.js';

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

/** Regions of findings that have boxes too, of which only their pixels tell which objects they outline. */
export const mixedRegions = (record: ImageRecord): readonly Region[] =>
  [...findingsOf(record)].flatMap((finding) => {
    const { boxes, regions } = evidenceOf(record, [finding]);
    return boxes.length === 0
      ? []
      : regions.filter((region) => region.kind === 'file' || isAlongRows(region));
  });

const isAlongRows = (region: Region) => region.kind === 'runs' && region.order === 'rows';

const extentsOf = (regions: readonly Region[], height: number) =>
  regions.flatMap((region) => partsOf(region, height).map((around) => ({ label: region.label, around })));

const partsOf = (region: Region, height: number): readonly (Rectangle | undefined)[] =>
  ('parts' in region && region.parts) || [aroundRegion(region, height)];

function areOfOne(box: Rectangle, around: Rectangle): boolean {
  const shared = intersection(box, around);
  return shared !== undefined && areaOf(shared) >= SHARED * Math.min(areaOf(box), areaOf(around));
}
