import { groupBy } from '../base/groups.js';
import { distancesAt } from './distance.js';
import type { Tensor } from './tensor.js';

/** Up to this distance edges are tried in order of length; longer ones join few parts. */
const SHORT = 16;

/** Half of the steps between pixels of up to `SHORT`, the shortest first: the others are their reverse. */
const steps = Array.from({ length: SHORT + 1 }, (_, dy) =>
  Array.from({ length: 2 * SHORT + 1 }, (_, i) => [dy, i - SHORT] as const),
)
  .flat()
  .filter(([dy, dx]) => (dy > 0 || dx > 0) && Math.hypot(dy, dx) <= SHORT)
  .sort((a, b) => Math.hypot(...a) - Math.hypot(...b));

/**
 * The length of the minimum spanning tree of the centres of the marked pixels of a plane `[H, W]`, by their
 * Euclidean distances: short edges by Kruskal's algorithm, the parts that they leave by Prim's.
 */
export function spanningLength({ data, shape }: Tensor<Uint8Array>): number {
  const [height, width] = shape as readonly [number, number];
  const marked = [...data.keys()].filter((p) => data[p] === 1);
  const parent = Int32Array.from(data.keys());
  const rootOf = (p: number): number => {
    let root = p;
    while (parent[root] !== root) root = parent[root] = parent[parent[root]!]!;
    return root;
  };
  let [count, length] = [marked.length, 0];
  for (const [dy, dx] of steps) {
    if (count <= 1) break;
    const far = Math.hypot(dy, dx);
    for (const p of marked) {
      const [y, x] = [Math.floor(p / width) + dy, (p % width) + dx];
      if (y >= height || x < 0 || x >= width || data[y * width + x] !== 1) continue;
      const [a, b] = [rootOf(p), rootOf(y * width + x)];
      if (a === b) continue;
      parent[a] = b;
      length += far;
      count--;
    }
  }
  return length + betweenParts(groupBy(marked, rootOf), [height, width]);
}

/** The length that joins parts, each seen from the others by one distance transform. */
function betweenParts(
  groups: ReadonlyMap<number, readonly number[]>,
  size: readonly [number, number],
): number {
  const parts = [...groups.values()];
  const nearest = parts.map(() => Infinity);
  const left = new Set(parts.keys());
  const everywhere = new Uint32Array(size[0] * size[1]).map((_, p) => p);
  let length = 0;
  for (let next = 0; left.delete(next) && left.size > 0; ) {
    const own = new Uint8Array(size[0] * size[1]);
    for (const p of parts[next]!) own[p] = 1;
    const far = distancesAt(everywhere, { data: own, shape: size });
    for (const part of left) {
      const least = parts[part]!.reduce((best, p) => Math.min(best, far[p]!), Infinity);
      nearest[part] = Math.min(nearest[part]!, least);
    }
    next = [...left].reduce((best, part) => (nearest[part]! < nearest[best]! ? part : best));
    length += nearest[next]!;
  }
  return length;
}
