import { choice, flag } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import type { Tensor } from '../../tensor/tensor.js';
import { metric } from '../metric/metric.js';
import { maskOf, signOption } from '../metric/shared.js';
import { gridTransport } from './grid-transport.js';
import { groundTruth } from './shared.js';

export const emdScore = metric({
  ...groundTruth,
  name: 'emd-score',
  doc: 'One minus the least work of moving the map onto the mask (optimal transport, Euclidean distances), as a share of a longest way: a near miss costs less than a far one.',
  paper: cite`Clark, Wilming, Haufe (2024). XAI-TRIS: non-linear image benchmarks to quantify false positive post-hoc attribution of feature importance. doi:10.1007/s10994-024-06574-3`,
  options: {
    sign: signOption('absolute'),
    longest: choice(['diagonal', 'xai-tris', 'exact', 'worst-pixel'], {
      doc: 'the longest way: between the centres of opposite corner pixels; the root of twice the number of pixels (XAI-TRIS); the root of 98 (EXACT, right for 8x8); or the mean way from the worst pixel, so that scores span 0 to 1',
      default: 'diagonal',
    }),
    freeInside: flag({
      doc: 'whether mass moves within the mask for nothing, so that a map need not cover all of it',
      default: false,
    }),
  },
  range: [0, 1],
  ties: 'their order makes no difference',
  score(scored, { longest, freeInside }) {
    const mask = maskOf(scored);
    const cost = workOf(scored.map, mask, freeInside);
    return { value: 1 - cost / longestWay(longest, mask) };
  },
});

/** The least work of moving a map, scaled to a sum of 1, onto a mask of the same size. */
export function workOf(map: Tensor, mask: Tensor<Uint8Array>, freeInside: boolean): number {
  const total = map.data.reduce((sum, value) => sum + value, 0);
  const area = mask.data.reduce((sum, one) => sum + one, 0);
  const [from, to] = [new Float64Array(map.data.length), new Float64Array(map.data.length)];
  let inside = 0;
  for (const [at, value] of map.data.entries()) {
    const [has, wants] = [value / total, mask.data[at]! / area];
    if (freeInside) {
      if (wants > 0) inside += has;
      [from[at], to[at]] = [wants > 0 ? 0 : has, wants];
    }
    // What both have at a pixel stays there: no way is shorter than going straight.
    else [from[at], to[at]] = [Math.max(0, has - wants), Math.max(0, wants - has)];
  }
  return gridTransport(from, to, map.shape as readonly [number, number], inside).cost;
}

function longestWay(
  longest: 'diagonal' | 'xai-tris' | 'exact' | 'worst-pixel',
  { data, shape }: Tensor<Uint8Array>,
): number {
  const [height, width] = shape as readonly [number, number];
  switch (longest) {
    case 'diagonal':
      return Math.hypot(height - 1, width - 1);
    case 'xai-tris':
      return Math.sqrt(2 * height * width);
    case 'exact':
      return Math.sqrt(98);
    case 'worst-pixel': {
      const inside = [...data.keys()].filter((p) => data[p] === 1);
      const mean = (p: number) =>
        inside.reduce(
          (sum, q) =>
            sum + Math.hypot(Math.floor(p / width) - Math.floor(q / width), (p % width) - (q % width)),
          0,
        ) / inside.length;
      // The mean distance to a set is convex: its maximum is at a corner.
      return Math.max(...[0, width - 1, (height - 1) * width, height * width - 1].map(mean));
    }
  }
}
