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

/** The rectangle around a region; `undefined` where that needs a mask to be read. */
export function aroundRegion(region: Region, height: number): Rectangle | undefined {
  switch (region.kind) {
    case 'file':
      return undefined;
    case 'circle': {
      const { x, y, radius } = region;
      return { x: x - radius, y: y - radius, width: 2 * radius, height: 2 * radius };
    }
    case 'polygon':
      return hull(region.points);
    case 'runs':
      return region.order === 'columns' ? hull(columnCorners(region.runs, height)) : undefined;
  }
}

/** Corners of each run's bounding box. A run over several columns spans the whole height. */
function columnCorners(runs: readonly number[], height: number): [number, number][] {
  const corners: [number, number][] = [];
  for (let r = 0; r + 1 < runs.length; r += 2) {
    const [first, last] = [runs[r]!, runs[r]! + runs[r + 1]! - 1];
    if (last < first) continue;
    const [left, right] = [Math.floor(first / height), Math.floor(last / height)];
    corners.push([left, left === right ? first % height : 0]);
    corners.push([right + 1, left === right ? (last % height) + 1 : height]);
  }
  return corners;
}

function hull(points: readonly (readonly [number, number])[]): Rectangle {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [x, y] = [min(xs), min(ys)];
  return { x, y, width: -min(xs.map((v) => -v)) - x, height: -min(ys.map((v) => -v)) - y };
}

const min = (values: readonly number[]) => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
