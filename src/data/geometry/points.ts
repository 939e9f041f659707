import type { Transform } from '../sample.js';
import type { Rectangle } from './frame.js';

export type Point = readonly [number, number];

/** Maps a point from the original image to the model's input. */
export function forwardPoint(t: Transform, [x, y]: Point): Point {
  const mirrored = t.flipped ? t.originalWidth - x : x;
  return [t.scaleX * mirrored + t.offsetX, t.scaleY * y + t.offsetY];
}

/** Maps a point from the model's input to the original image. */
export function inversePoint(t: Transform, [x, y]: Point): Point {
  const unscaled = (x - t.offsetX) / t.scaleX;
  return [t.flipped ? t.originalWidth - unscaled : unscaled, (y - t.offsetY) / t.scaleY];
}

/** Maps a box from the original image to the model's input, without clipping. Keeps its other fields. */
export const forwardBox = <B extends Rectangle>(t: Transform, box: B): B => mapped(forwardPoint, t, box);

/** Maps a box from the model's input to the original image, without clipping. Keeps its other fields. */
export const inverseBox = <B extends Rectangle>(t: Transform, box: B): B => mapped(inversePoint, t, box);

function mapped<B extends Rectangle>(map: typeof forwardPoint, t: Transform, box: B): B {
  const [x0, y0] = map(t, [box.x, box.y]);
  const [x1, y1] = map(t, [box.x + box.width, box.y + box.height]);
  return { ...box, x: Math.min(x0, x1), y: Math.min(y0, y1), width: Math.abs(x1 - x0), height: y1 - y0 };
}

/** The intersection of two rectangles; `undefined` where it has no area. */
export function intersection(a: Rectangle, b: Rectangle): Rectangle | undefined {
  const [x, y] = [Math.max(a.x, b.x), Math.max(a.y, b.y)];
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}

export const areaOf = ({ width, height }: { width: number; height: number }): number => width * height;

/** The part of the original image that an input of the given size shows. */
export function visiblePart(t: Transform, width: number, height: number): Rectangle | undefined {
  const seen = inverseBox(t, { x: 0, y: 0, width, height });
  return intersection(seen, { x: 0, y: 0, width: t.originalWidth, height: t.originalHeight });
}
