import { choice, number } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import type { Tensor } from '../../tensor/tensor.js';
import { metric } from '../metric/metric.js';
import { localisation, maskOf, signOption } from '../metric/shared.js';

export const pointingGame = metric({
  ...localisation,
  name: 'pointing-game',
  doc: "Whether the map's maximum is in the mask, or within a tolerance of it (without one: the hit rate).",
  paper: cite`Zhang, Bargal, Lin, Brandt, Shen, Sclaroff (2018). Top-down neural attention by excitation backprop. doi:10.1007/s11263-017-1059-x`,
  binary: true,
  chance: 'mask-share',
  options: {
    sign: signOption('signed'),
    tolerance: number({
      doc: 'maximum distance in pixels from the maximum to the mask (15 for photographs in the paper)',
      default: 0,
      min: 0,
    }),
    ties: choice(['share', 'any', 'first'], {
      doc: 'share: the share of tied maxima that hit; any: a hit if one of them hits (Quantus); first: only the first maximum',
      default: 'share',
    }),
  },
  ties: 'the part of the tied maxima that hit: the expected value where one of them is drawn at random',
  score(scored, { tolerance, ties }) {
    const all = indicesOf(scored.map.data, scored.reading.extent().high);
    const maxima = ties === 'first' ? all.slice(0, 1) : all;
    const hits = maxima.filter((at) => isNear(maskOf(scored), at, tolerance)).length;
    return { value: ties === 'any' ? Math.min(1, hits) : hits / maxima.length };
  },
});

/** Where a value stands in a map. */
export function indicesOf(values: Float32Array | Uint8Array, wanted: number): number[] {
  const found: number[] = [];
  for (let at = values.indexOf(wanted); at !== -1; at = values.indexOf(wanted, at + 1)) found.push(at);
  return found;
}

/** Whether the centre of a mask pixel lies within `tolerance` of the centre of pixel `at`. */
function isNear({ data, shape }: Tensor<Uint8Array>, at: number, tolerance: number): boolean {
  const [height, width] = shape as readonly [number, number];
  const [y, x] = [Math.floor(at / width), at % width];
  const reach = Math.floor(Math.min(tolerance, height + width));
  for (let i = Math.max(0, y - reach); i <= Math.min(height - 1, y + reach); i++) {
    for (let j = Math.max(0, x - reach); j <= Math.min(width - 1, x + reach); j++) {
      if (data[i * width + j] === 1 && (i - y) ** 2 + (j - x) ** 2 <= tolerance ** 2) return true;
    }
  }
  return false;
}
