import { aroundPoints, aroundRegion, cornersOf } from '../geometry/around.js';
import { areaOf, intersection } from '../geometry/index.js';
import type { Box, Region } from '../record.js';
import type { Size } from './boxes.js';

/** Below this share of what both cover, a box and outlines of one annotation mark different places. */
const SHARED = 0.5;

/** Whether a box and the outlines of the same annotation mark different places of a picture. */
export function areApart(box: Box, outlines: readonly Region[], { height }: Partial<Size>): boolean {
  const known = outlines.flatMap((outline) => aroundRegion(outline, height) ?? []);
  if (known.length === 0) return false;
  const around = aroundPoints(known.flatMap(cornersOf));
  const shared = intersection(box, around);
  const common = shared === undefined ? 0 : areaOf(shared);
  return common < SHARED * (areaOf(box) + areaOf(around) - common);
}
