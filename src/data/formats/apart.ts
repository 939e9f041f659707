import { intersection } from '../geometry/index.js';
import type { Box, Region } from '../record.js';
import type { Size } from './boxes.js';
import { boundingBox } from './polygons.js';

/** Below this share of what both cover, a box and outlines of one annotation mark different places. */
const SHARED = 0.5;

/** Whether a box and the outlines of the same annotation mark different places of a picture. */
export function areApart(box: Box, outlines: readonly Region[], size: Partial<Size>): boolean {
  const ends = outlines.flatMap((outline) => endsOf(outline, size.height));
  if (ends.length === 0) return false;
  const around = boundingBox(box.label, ends);
  const shared = intersection(box, around);
  const common = shared === undefined ? 0 : shared.width * shared.height;
  return common < SHARED * (box.width * box.height + around.width * around.height - common);
}

/** Points whose bounding box is that of a region. */
function endsOf(region: Region, height: number | undefined): (readonly [number, number])[] {
  if (region.kind === 'polygon') return [...region.points];
  if (region.kind !== 'runs' || region.order !== 'columns' || height === undefined) return [];
  const ends: (readonly [number, number])[] = [];
  for (let r = 0; r + 1 < region.runs.length; r += 2) {
    const [first, last] = [region.runs[r]!, region.runs[r]! + region.runs[r + 1]! - 1];
    const [left, right] = [Math.floor(first / height), Math.floor(last / height)];
    const isSeveral = right > left;
    ends.push([left, isSeveral ? 0 : first % height], [right + 1, isSeveral ? height : (last % height) + 1]);
  }
  return ends;
}
