import { unsupported } from '../../base/errors.js';
import { choice, integer } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { imageShape, ownShape } from '../../model/classifier.js';
import { edgesOf, merged } from '../../tensor/felzenszwalb.js';
import { resizeBilinear, resizeNearest } from '../../tensor/resize.js';
import { rows, sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';
import { budgetOption } from '../input/budget-option.js';
import { method } from '../method.js';
import { integratedGradients } from './integrated-gradients.js';

/**
 * The segmentations of the authors' code: of an image of `side` x `side` pixels with values from -1 to 1,
 * which are half of these scales for values from 0 to 1. Their segments are widened by `margin` pixels.
 */
const segmentations = { side: 224, scales: [50, 100, 150, 250, 500, 1200], least: 150 };
const margin = 5;

export const xrai = method({
  name: 'xrai',
  family: 'gradient',
  doc: 'Segments ranked by their mean integrated gradients from a black and a white baseline, added one by one.',
  paper: cite`Kapishnikov, Bolukbasi, Viégas, Terry (2019). XRAI: better attributions through regions. arXiv:1906.02825`,
  options: {
    steps: integer({ doc: 'points on each of the two paths', default: 50, min: 1, max: 10_000 }),
    budget: budgetOption('number of steps'),
    channels: choice(['sum', 'max'], {
      doc: "how the integrated gradients of a pixel's channels are joined; the authors' code takes the max",
      default: 'sum',
    }),
  },
  maps: 'spatial',
  async attribute(request) {
    const { model, input, options } = request;
    const { shape } = model.input;
    if (model.input.layout === 'other')
      throw unsupported(`xrai takes images; the model takes [N,${ownShape(model.input)}]`);
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
      const gradients = paths.map((path) => rows(path.map, row, row + 1).data);
      const gains = gainsOf(gradients, height * width, options.channels);
      rows(map, row, row + 1).data.set(ranked(gains, regionsOf({ data: image.data, shape })));
    }
    const ends = paths.flatMap(({ compared }) => compared ?? []);
    const ofBaselines = ends.flatMap(({ baselineProbability: one }) => (one ? [one] : []));
    const compared = {
      input: ends[0]!.input,
      baseline: meanOf(ends.map((end) => end.baseline)),
      baselines: ends[0]!.input.map(() => ends.length),
      ...(ofBaselines.length > 0 && { baselineProbability: meanOf(ofBaselines) }),
    };
    return { map, compared, evaluations: { forward: 2 * steps, backward: 2 * steps } };
  },
});

const meanOf = (outputs: readonly (readonly number[])[]): number[] =>
  outputs[0]!.map((_, row) => outputs.reduce((sum, of) => sum + of[row]! / outputs.length, 0));

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

/** The mean of some attributions `[C, H, W]`, with the channels of each pixel joined: `[H, W]`. */
function gainsOf(maps: readonly Float32Array[], area: number, join: 'sum' | 'max'): Float32Array {
  const gains = new Float32Array(area).fill(join === 'sum' ? 0 : -Infinity);
  for (let i = 0; i < maps[0]!.length; i++) {
    const mean = maps.reduce((sum, map) => sum + map[i]!, 0) / maps.length;
    const at = i % area;
    gains[at] = join === 'sum' ? gains[at]! + mean : Math.max(gains[at]!, mean);
  }
  return gains;
}

/** The pixels of the segments of an image `[C, H, W]`, at all scales, widened. */
function regionsOf(image: Tensor): Int32Array[] {
  const [height, width] = image.shape.slice(1) as [number, number];
  const { side, scales, least } = segmentations;
  const edges = edgesOf(height === side && width === side ? image : resizeBilinear(image, side, side));
  return scales.flatMap((scale) => {
    const labels = Float32Array.from(merged(edges, { scale: scale / 2, least }));
    return widened(resizeNearest({ data: labels, shape: [side, side] }, height, width));
  });
}

/** The pixels of each label `[H, W]`, widened by a disk of the margin's radius. */
export function widened({ data: labels, shape }: Tensor): Int32Array[] {
  const [height, width] = shape as [number, number];
  const steps = Array.from({ length: 2 * margin + 1 }, (_, i) => i - margin);
  const disk = steps
    .flatMap((dy) => steps.map((dx) => [dy, dx] as const))
    .filter(([dy, dx]) => Math.hypot(dy, dx) <= margin);
  const regions = new Map<number, number[]>();
  for (const [pixel, label] of labels.entries()) {
    const region = regions.get(label) ?? [];
    if (region.length === 0) regions.set(label, region);
    region.push(pixel);
  }
  const taken = new Float32Array(labels.length).fill(-1);
  return [...regions].map(([label, region]) => {
    for (const pixel of region) taken[pixel] = label;
    // The pixel of a segment that is nearest to one outside lies on its border.
    for (const pixel of region.filter(onBorder)) {
      const [y, x] = [Math.floor(pixel / width), pixel % width];
      for (const [dy, dx] of disk) {
        const [v, u] = [y + dy, x + dx];
        const at = v * width + u;
        if (v < 0 || v >= height || u < 0 || u >= width || taken[at] === label) continue;
        taken[at] = label;
        region.push(at);
      }
    }
    return Int32Array.from(region);
  });

  function onBorder(pixel: number): boolean {
    const x = pixel % width;
    const beside = [
      pixel - width,
      pixel + width,
      x > 0 ? pixel - 1 : pixel,
      x < width - 1 ? pixel + 1 : pixel,
    ];
    return beside.some((at) => at >= 0 && at < labels.length && labels[at] !== labels[pixel]);
  }
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
