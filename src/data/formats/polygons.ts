import { aroundPoints } from '../geometry/around.js';
import type { Box, Region } from '../record.js';

export type Points = readonly (readonly [number, number])[];

/** Bounding box of points. */
export const boundingBox = (label: string, points: Points): Box => ({ label, ...aroundPoints(points) });

/**
 * Points from `x1 y1 x2 y2 ...`; `undefined` for an odd count, non-finite numbers, or fewer than three
 * points.
 */
export function pointsOf(flat: readonly number[]): Points | undefined {
  if (flat.length < 6 || flat.length % 2 !== 0 || !flat.every(Number.isFinite)) return undefined;
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!] as const);
}

/** Area of a polygon by the shoelace formula. */
export function polygonArea(points: Points): number {
  let twice = 0;
  points.forEach(([x, y], i) => {
    const [nextX, nextY] = points[(i + 1) % points.length]!;
    twice += x * nextY - nextX * y;
  });
  return Math.abs(twice) / 2;
}

/** The ellipse inscribed in a box, as a polygon of 72 vertices and equal area. */
export function ellipse({ label, x, y, width, height }: Box): Region {
  const corners = 72;
  const step = (2 * Math.PI) / corners;
  // An inscribed regular polygon has less area than its circle; this factor corrects it.
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

/** The corners of a box that is turned clockwise about its centre. */
export function turnedBox(
  { x, y, width, height }: Box,
  degrees: number,
): readonly (readonly [number, number])[] {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const corners = [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
  ] as const;
  return corners.map(([right, down]) => {
    const [u, v] = [(right * width) / 2, (down * height) / 2];
    return [x + width / 2 + u * cos - v * sin, y + height / 2 + u * sin + v * cos] as const;
  });
}
