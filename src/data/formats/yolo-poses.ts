import { inputError } from '../../base/errors.js';
import type { Fault } from './boxes.js';
import type { Annotated } from './collect.js';

type Point = readonly [number, number];

/** Poses have fewer points; those of a face mesh are 478. */
const MOST = 500;

/**
 * Labels of poses whose points have no visibility, a box `centre-x centre-y width height` and points, look
 * like polygons. Throws, naming `source`, where all polygons are of one number of points, fit as boxes with
 * points in them, and some cross themselves; where none does, tells of it on the first image.
 */
export function withoutPoses<A extends Annotated>(source: string, images: readonly A[]): readonly A[] {
  const outlines = images.flatMap(({ regions }) =>
    regions.flatMap((region) => (region.kind === 'polygon' ? [region.points] : [])),
  );
  const [first] = outlines;
  const isPoses =
    first !== undefined &&
    first.length <= MOST &&
    outlines.every((points) => points.length === first.length && fitsAsPose(points)) &&
    !outlines.every(isParallelogram);
  if (!isPoses) return images;
  const said = `all its outlines have ${first.length} points and fit as a box and ${first.length - 2} keypoints in it`;
  if (outlines.some(crossesItself))
    throw inputError(
      `${source}: ${said}, and some cross themselves as outlines: they seem to be poses; export boxes or polygons`,
    );
  const fault: Fault = { kind: 'inconsistent', problem: `${said}; they are read as outlines` };
  const owner = images.find(({ regions }) => regions.length > 0);
  return images.map((image) =>
    image === owner ? { ...image, faults: [...(image.faults ?? []), fault] } : image,
  );
}

/** Whether the first points are the centre and the size of a box that holds the others; 0, 0 is none. */
function fitsAsPose([centre, size, ...points]: readonly Point[]): boolean {
  const [[x, y], [width, height]] = [centre!, size!];
  const isIn = ([u, v]: Point) =>
    2 * Math.abs(u - x) <= 1.02 * width + 1 && 2 * Math.abs(v - y) <= 1.02 * height + 1;
  return points.every((point) => (point[0] === 0 && point[1] === 0) || isIn(point));
}

/** Whether opposite sides of four points are alike, as those of a turned box are. */
function isParallelogram(points: readonly Point[]): boolean {
  if (points.length !== 4) return false;
  const [a, b, c, d] = points as readonly [Point, Point, Point, Point];
  return [0, 1].every((axis) => Math.abs(a[axis]! + c[axis]! - b[axis]! - d[axis]!) <= 1);
}

/** Whether two sides of a closed outline that do not touch cross each other. */
function crossesItself(points: readonly Point[]): boolean {
  const sides = points.map((point, i) => [point, points[(i + 1) % points.length]!] as const);
  return sides.some((side, i) =>
    sides.some((other, j) => j > i + 1 && !(i === 0 && j === sides.length - 1) && cross(side, other)),
  );
}

type Side = readonly [Point, Point];

function cross([a, b]: Side, [c, d]: Side): boolean {
  const turn = ([x, y]: Point, [u, v]: Point, [p, q]: Point) => (u - x) * (q - y) - (v - y) * (p - x);
  return turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0;
}
