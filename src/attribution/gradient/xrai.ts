import { unsupported } from '../../base/errors.js';
import { integer } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { imageShape } from '../../model/classifier.js';
import { felzenszwalb } from '../../tensor/felzenszwalb.js';
import { extent } from '../../tensor/quantile.js';
import { reduceChannels } from '../../tensor/reduce.js';
import { rows, sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';
import { budgetOption } from '../input/budget-option.js';
import { method } from '../method.js';
import { integratedGradients } from './integrated-gradients.js';

/** The scales of the paper's segmentations, and how far their segments are widened, in pixels. */
const scales = [50, 100, 150, 250, 500, 1200];
const margin = 5;

export const xrai = method({
  name: 'xrai',
  family: 'gradient',
  doc: 'Segments ranked by their mean integrated gradients from a black and a white baseline, added one by one.',
  paper: cite`Kapishnikov, Bolukbasi, Viégas, Terry (2019). XRAI: better attributions through regions. arXiv:1906.02825`,
  options: {
    steps: integer({ doc: 'points on each of the two paths', default: 50, min: 1, max: 10_000 }),
    budget: budgetOption('number of steps'),
  },
  maps: 'spatial',
  async attribute(request) {
    const { model, input, options } = request;
    const { shape, layout } = model.input;
    if (layout === 'other') throw unsupported(`xrai takes images; the model takes [N,${shape}]`);
    const { height, width } = imageShape(model);
    const steps = options.budget === undefined ? options.steps : Math.floor(options.budget / 2);
    const paths = [];
    for (const end of ['least', 'greatest'] as const) {
      const chosen = { steps, rule: 'gauss-legendre', baseline: uniform(input, end) } as const;
      paths.push(await integratedGradients.attribute({ ...request, options: chosen }));
    }
    const map = zeros([input.shape[0]!, 1, height, width]);
    for (let row = 0; row < input.shape[0]!; row++) {
      const image = rows({ data: input.data, shape: input.shape }, row, row + 1);
      const own = paths.map((path) => reduceChannels(rows(path.map, row, row + 1)).data);
      const gains = own[0]!.map((value, i) => (value + own[1]![i]!) / 2);
      const segments = scales.flatMap((scale) =>
        regionsOf(felzenszwalb({ data: image.data, shape }, { scale }), height, width),
      );
      rows(map, row, row + 1).data.set(ranked(gains, segments));
    }
    return { map, evaluations: { forward: 2 * steps, backward: 2 * steps } };
  },
});

/** Each sample's least or greatest value, everywhere. */
function uniform(input: Tensor, end: 'least' | 'greatest'): Tensor {
  const size = sizeOf(input.shape.slice(1));
  const out = zeros(input.shape);
  for (let from = 0; from < out.data.length; from += size) {
    const values = input.data.subarray(from, from + size);
    const value = values.reduce((a, b) => (end === 'least' ? Math.min(a, b) : Math.max(a, b)));
    out.data.fill(value, from, from + size);
  }
  return out;
}

/** The pixels of each segment, widened by a disk of the margin's radius. */
function regionsOf(labels: Int32Array, height: number, width: number): Int32Array[] {
  const offsets = Array.from({ length: 2 * margin + 1 }, (_, y) => y - margin).flatMap((dy) =>
    Array.from({ length: 2 * margin + 1 }, (_, x) => [dy, x - margin] as const),
  );
  const disk = offsets.filter(([dy, dx]) => Math.hypot(dy, dx) <= margin);
  const regions = Array.from({ length: extent(labels).high + 1 }, () => new Set<number>());
  for (const [pixel, label] of labels.entries()) {
    const [y, x] = [Math.floor(pixel / width), pixel % width];
    for (const [dy, dx] of disk) {
      const [v, u] = [y + dy, x + dx];
      if (v >= 0 && v < height && u >= 0 && u < width) regions[label]!.add(v * width + u);
    }
  }
  return regions.map((region) => Int32Array.from(region));
}

/**
 * Adds, again and again, the segment with the greatest mean gain over the pixels that no other has taken; its
 * new pixels get that mean. Segments with less than a thousandth of the image to add are left out.
 */
export function ranked(gains: Float32Array, segments: readonly Int32Array[]): Float32Array {
  const least = Math.max(1, Math.round(gains.length / 1000));
  const out = new Float32Array(gains.length);
  const free = new Uint8Array(gains.length).fill(1);
  const holders = Array.from(gains, (): number[] => []);
  for (const [at, pixels] of segments.entries()) for (const pixel of pixels) holders[pixel]!.push(at);
  const sums = segments.map((pixels) => pixels.reduce((sum, pixel) => sum + gains[pixel]!, 0));
  const counts = segments.map((pixels) => pixels.length);
  const take = (pixel: number, value: number) => {
    free[pixel] = 0;
    out[pixel] = value;
    for (const at of holders[pixel]!) {
      sums[at]! -= gains[pixel]!;
      counts[at]!--;
    }
  };
  for (;;) {
    let best = -1;
    for (const [at, count] of counts.entries())
      if (count >= least && (best === -1 || sums[at]! / count > sums[best]! / counts[best]!)) best = at;
    if (best === -1) break;
    const mean = sums[best]! / counts[best]!;
    for (const pixel of segments[best]!) if (free[pixel] === 1) take(pixel, mean);
  }
  const left = [...free.keys()].filter((pixel) => free[pixel] === 1);
  const mean = left.reduce((sum, pixel) => sum + gains[pixel]! / left.length, 0);
  for (const pixel of left) out[pixel] = mean;
  return out;
}
