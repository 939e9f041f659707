import { number } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { quantile } from '../../tensor/quantile.js';
import { spanningLength } from '../../tensor/spanning-tree.js';
import { metric, undefinedScore } from '../metric/metric.js';
import { complexity, signOption } from '../metric/shared.js';

export const mstCompactness = metric({
  ...complexity,
  name: 'mst-compactness',
  doc: "How compact the map's greatest pixels are: their number over the length of their minimum spanning tree (cohesion), over the root of the area of their convex hull (spread), times 100 image diagonals.",
  paper: cite`Mesgari, Ma, Samek, Lapuschkin, Weber (2026). Structural compactness as a complementary criterion for explanation quality. arXiv:2603.29491`,
  options: {
    sign: signOption('absolute'),
    quantile: number({ doc: 'share of pixels below those that are taken', default: 0.8, min: 0, max: 1 }),
  },
  direction: 'higher',
  range: [0, Infinity],
  ties: 'pixels tied at the quantile are all taken',
  score({ map }, { quantile: at }) {
    const [height, width] = map.shape as readonly [number, number];
    const cut = quantile(map.data, at);
    const taken = Uint8Array.from(map.data, (value) => (value >= cut ? 1 : 0));
    const count = taken.reduce((sum, one) => sum + one, 0);
    if (count < 2) return undefinedScore('fewer than two pixels are left of which a tree could be made');
    const diagonal = Math.hypot(height, width);
    const spread = Math.sqrt(hullArea(taken, width)) || diagonal;
    return { value: (100 * diagonal * count) / spanningLength({ data: taken, shape: map.shape }) / spread };
  },
});

/** The area of the convex hull of the centres of the marked pixels (Andrew's monotone chain). */
function hullArea(marked: Uint8Array, width: number): number {
  const points = [...marked.keys()]
    .filter((p) => marked[p] === 1)
    .map((p) => [Math.floor(p / width), p % width] as const);
  const half = (ordered: readonly (readonly [number, number])[]) => {
    const chain: (readonly [number, number])[] = [];
    for (const point of ordered) {
      while (chain.length > 1 && turn(chain.at(-2)!, chain.at(-1)!, point) <= 0) chain.pop();
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  const hull = [...half(points), ...half(points.toReversed())];
  const twice = hull.reduce((sum, [y, x], i) => {
    const [v, u] = hull[(i + 1) % hull.length]!;
    return sum + (y * u - v * x);
  }, 0);
  return Math.abs(twice) / 2;
}

const turn = (
  [ay, ax]: readonly [number, number],
  [by, bx]: readonly [number, number],
  [cy, cx]: readonly [number, number],
) => (by - ay) * (cx - ax) - (bx - ax) * (cy - ay);
