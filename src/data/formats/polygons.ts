import type { Box, Region } from '../record.js';
import { cornerBox } from './boxes.js';

export type Points = readonly (readonly [number, number])[];

/** The smallest box around points. */
export function boundingBox(label: string, points: Points): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x);
    bottom = Math.max(bottom, y);
  }
  return cornerBox(label, [left, top, right, bottom]);
}

/**
 * Pairs from `x1 y1 x2 y2 ...`; `undefined` where the numbers are odd in count, not finite, or fewer than
 * three points.
 */
export function pointsOf(flat: readonly number[]): Points | undefined {
  if (flat.length < 6 || flat.length % 2 !== 0 || !flat.every(Number.isFinite)) return undefined;
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!] as const);
}

/** The area that a polygon encloses (shoelace formula). */
export function polygonArea(points: Points): number {
  let twice = 0;
  points.forEach(([x, y], i) => {
    const [nextX, nextY] = points[(i + 1) % points.length]!;
    twice += x * nextY - nextX * y;
  });
  return Math.abs(twice) / 2;
}

/** The ellipse that fills a box, as a polygon of 72 corners whose area is the ellipse's. */
export function ellipse({ label, x, y, width, height }: Box): Region {
  const corners = 72;
  const step = (2 * Math.PI) / corners;
  // A regular polygon in a circle has less area than the circle: this widens it to the same.
  const widen = Math.sqrt(step / Math.sin(step));
  const points = Array.from({ length: corners }, (_, i) => {
    const angle = i * step;
    return [
      x + (width / 2) * (1 + widen * Math.cos(angle)),
      y + (height / 2) * (1 + widen * Math.sin(angle)),
    ] as const;
  });
  return { kind: 'polygon', label, points };
}
