import { connectedParts } from '../../tensor/components.js';
import type { Region } from '../record.js';
import type { Rectangle } from './frame.js';
import type { Mask } from './mask.js';
import type { Point } from './points.js';

/** The rectangle around points. */
export function aroundPoints(points: Iterable<Point>): Rectangle {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x);
    bottom = Math.max(bottom, y);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/**
 * The rectangle around a region; `undefined` where that needs a mask to be read, or the `height` of a picture
 * that is not known.
 */
export function aroundRegion(region: Region, height?: number): Rectangle | undefined {
  switch (region.kind) {
    case 'file':
      return undefined;
    case 'circle': {
      const { x, y, radius } = region;
      return { x: x - radius, y: y - radius, width: 2 * radius, height: 2 * radius };
    }
    case 'polygon':
      return aroundPoints(region.points);
    case 'runs':
      return region.order === 'columns' && height !== undefined
        ? aroundPoints(columnCorners(region.runs, height))
        : undefined;
  }
}

/** Corners of each run's bounding box. A run over several columns spans the whole height. */
function* columnCorners(runs: readonly number[], height: number): Iterable<Point> {
  for (let r = 0; r + 1 < runs.length; r += 2) {
    const [first, last] = [runs[r]!, runs[r]! + runs[r + 1]! - 1];
    if (last < first) continue;
    const [left, right] = [Math.floor(first / height), Math.floor(last / height)];
    yield [left, left === right ? first % height : 0];
    yield [right + 1, left === right ? (last % height) + 1 : height];
  }
}

/** The rectangles around the connected parts of a mask, in its pixels. */
export function aroundParts(mask: Mask): readonly Rectangle[] {
  const width = mask.shape[1]!;
  return connectedParts(mask).map((pixels) => {
    const around = aroundPoints(Array.from(pixels, (pixel) => [pixel % width, Math.floor(pixel / width)]));
    return { ...around, width: around.width + 1, height: around.height + 1 };
  });
}

/** The corners of a rectangle. */
export const cornersOf = ({ x, y, width, height }: Rectangle): readonly [Point, Point] => [
  [x, y],
  [x + width, y + height],
];
