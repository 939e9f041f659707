import { inputError } from '../../base/errors.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import type { Rectangle } from './frame.js';
import type { Point } from './points.js';

/** The fraction of each pixel's area that a shape covers, `[H, W]` in [0, 1]. */
export type Coverage = Tensor;

/** Scan lines per pixel row for polygons and circles. Coverage along a line is exact. */
const LINES = 16;

/** Coverage of a box; exact. */
export function coverBox(box: Rectangle, height: number, width: number): Coverage {
  const data = new Float32Array(height * width);
  const [right, bottom] = [box.x + box.width, box.y + box.height];
  for (let y = Math.max(0, Math.floor(box.y)); y < Math.min(height, bottom); y++) {
    const share = Math.min(bottom, y + 1) - Math.max(box.y, y);
    addSpan(data, y * width, width, box.x, right, share);
  }
  return tensor(data, [height, width]);
}

/** Coverage of a polygon by the even-odd rule. The polygon is closed. */
export function coverPolygon(points: readonly Point[], height: number, width: number): Coverage {
  const cuts = Array.from({ length: height * LINES }, (): number[] => []);
  let [top, bottom, left] = [Infinity, -Infinity, maximumCuts];
  for (const [i, [x0, y0]] of points.entries()) {
    const [x1, y1] = points[(i + 1) % points.length]!;
    const [upper, lower] = [Math.min(y0, y1), Math.max(y0, y1)];
    [top, bottom] = [Math.min(top, upper), Math.max(bottom, lower)];
    const last = Math.min(cuts.length, Math.ceil(lower * LINES) + 1);
    for (let line = Math.max(0, Math.floor(upper * LINES) - 1); line < last; line++) {
      const y = heightOf(line);
      if (y0 <= y === y1 <= y) continue;
      if (left-- === 0)
        throw inputError(`a polygon crosses the lines of its picture more than ${maximumCuts} times`);
      cuts[line]!.push(x0 + ((y - y0) / (y1 - y0)) * (x1 - x0));
    }
  }
  return coverLines(top, bottom, height, width, (line) => cuts[line]!.sort((a, b) => a - b));
}

/** Maximum number of crossings of a polygon's edges with scan lines. */
const maximumCuts = 2 ** 24;

/** The y coordinate of a scan line. */
const heightOf = (line: number): number => Math.floor(line / LINES) + ((line % LINES) + 0.5) / LINES;

/** Coverage of a disc with a continuous centre. */
export function coverCircle(x: number, y: number, radius: number, height: number, width: number): Coverage {
  return coverLines(y - radius, y + radius, height, width, (line) => {
    const half = Math.sqrt(Math.max(0, radius ** 2 - (heightOf(line) - y) ** 2));
    return half > 0 ? [x - half, x + half] : [];
  });
}

/** `cutsAt(line)` returns the sorted x positions where the line enters and leaves the shape. */
function coverLines(
  top: number,
  bottom: number,
  height: number,
  width: number,
  cutsAt: (line: number) => readonly number[],
): Coverage {
  const data = new Float32Array(height * width);
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(height, bottom); y++) {
    for (let line = 0; line < LINES; line++) {
      const cuts = cutsAt(y * LINES + line);
      for (let i = 0; i + 1 < cuts.length; i += 2) {
        addSpan(data, y * width, width, cuts[i]!, cuts[i + 1]!, 1 / LINES);
      }
    }
  }
  return tensor(data, [height, width]);
}

function addSpan(
  data: Float32Array,
  row: number,
  width: number,
  left: number,
  right: number,
  share: number,
): void {
  for (let x = Math.max(0, Math.floor(left)); x < Math.min(width, right); x++) {
    data[row + x]! += share * (Math.min(right, x + 1) - Math.max(left, x));
  }
}
