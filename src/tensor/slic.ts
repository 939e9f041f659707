import { inputError } from '../base/errors.js';
import type { Tensor } from './tensor.js';

/**
 * Superpixels of an image `[C, H, W]` with any number of channels: k-means over colour and place, each centre
 * within its neighbourhood (Achanta et al. 2012, doi:10.1109/TPAMI.2012.120). Values are scaled to 0 to 100
 * as lightness is; `compactness` weighs the distance in place against it. Returns the label of each pixel,
 * numbered from 0; each superpixel is connected.
 */
export function slic(
  { data, shape }: Tensor,
  {
    segments,
    compactness = 10,
    rounds = 10,
  }: { readonly segments: number; readonly compactness?: number; readonly rounds?: number },
): Int32Array {
  const [channels, height, width] = shape as readonly [number, number, number];
  if (shape.length !== 3 || !(segments >= 1))
    throw inputError(
      `superpixels take an image [C,H,W] and at least 1 segment, not [${shape}] and ${segments}`,
    );
  const area = height * width;
  const colours = scaled(data, channels);
  const step = Math.sqrt(area / segments);
  const down = Math.max(1, Math.round(height / step));
  const across = Math.max(1, Math.round(segments / down));
  // Each centre: its row and column, then its channels.
  const centres = Array.from({ length: down * across }, (_, i) => {
    const y = (Math.floor(i / across) + 0.5) * (height / down) - 0.5;
    const x = ((i % across) + 0.5) * (width / across) - 0.5;
    const pixel = Math.round(y) * width + Math.round(x);
    return Float64Array.from({ length: 2 + channels }, (_, k) =>
      k === 0 ? y : k === 1 ? x : colours[Math.min(area - 1, pixel) * channels + k - 2]!,
    );
  });
  const labels = new Int32Array(area);
  const nearest = new Float64Array(area);
  const far = (compactness / step) ** 2;
  for (let round = 0; round < rounds; round++) {
    nearest.fill(Infinity);
    for (const [label, centre] of centres.entries()) {
      const [cy, cx] = [centre[0]!, centre[1]!];
      const [top, left] = [Math.max(0, Math.ceil(cy - 2 * step)), Math.max(0, Math.ceil(cx - 2 * step))];
      for (let y = top; y < height && y <= cy + 2 * step; y++) {
        const below = (y - cy) * (y - cy);
        for (let x = left; x < width && x <= cx + 2 * step; x++) {
          const pixel = y * width + x;
          let distance = far * (below + (x - cx) * (x - cx));
          // Most centres are too far off, whatever their colour.
          if (distance >= nearest[pixel]!) continue;
          for (let c = 0; c < channels; c++) {
            const apart = colours[pixel * channels + c]! - centre[2 + c]!;
            distance += apart * apart;
          }
          if (distance >= nearest[pixel]!) continue;
          nearest[pixel] = distance;
          labels[pixel] = label;
        }
      }
    }
    const counts = new Float64Array(centres.length);
    const sums = centres.map((centre) => new Float64Array(centre.length));
    for (let pixel = 0; pixel < area; pixel++) {
      const sum = sums[labels[pixel]!]!;
      counts[labels[pixel]!]!++;
      const y = Math.floor(pixel / width);
      sum[0]! += y;
      sum[1]! += pixel - y * width;
      for (let c = 0; c < channels; c++) sum[2 + c]! += colours[pixel * channels + c]!;
    }
    for (const [label, sum] of sums.entries())
      if (counts[label]! > 0) centres[label]!.set(sum.map((value) => value / counts[label]!));
  }
  return connected(labels, height, width, step ** 2 / 4);
}

/** Values from 0 to 100, the channels of a pixel beside each other. */
function scaled(data: Float32Array, channels: number): Float64Array {
  let [least, greatest] = [Infinity, -Infinity];
  for (let i = 0; i < data.length; i++) {
    least = Math.min(least, data[i]!);
    greatest = Math.max(greatest, data[i]!);
  }
  const area = data.length / channels;
  const out = new Float64Array(data.length);
  for (let c = 0; c < channels; c++)
    for (let p = 0; p < area; p++)
      out[p * channels + c] = (100 * (data[c * area + p]! - least)) / (greatest - least || 1);
  return out;
}

/** Gives each connected part its own number; parts of fewer than `least` pixels join a neighbour. */
function connected(labels: Int32Array, height: number, width: number, least: number): Int32Array {
  const out = new Int32Array(labels.length).fill(-1);
  const parts = connectedLabels(labels, height, width);
  parts.sort((a, b) => b.length - a.length || a[0]! - b[0]!);
  const large = parts.filter((part, i) => i === 0 || part.length >= least);
  for (const [number, part] of large.entries()) for (const pixel of part) out[pixel] = number;
  let small = parts.slice(large.length);
  while (small.length > 0) {
    small = small.filter((part) => {
      const beside = neighbourOf(part, out, height, width);
      if (beside !== undefined) for (const pixel of part) out[pixel] = beside;
      return beside === undefined;
    });
  }
  return out;
}

/** The parts of one label that are connected by sides: the indices of each, in breadth-first order. */
function connectedLabels(labels: Int32Array, height: number, width: number): Uint32Array[] {
  const seen = new Uint8Array(labels.length);
  const queue = new Uint32Array(labels.length);
  const parts: Uint32Array[] = [];
  for (let start = 0; start < labels.length; start++) {
    if (seen[start] === 1) continue;
    const label = labels[start]!;
    let end = 0;
    const visit = (pixel: number) => {
      if (seen[pixel] === 1 || labels[pixel] !== label) return;
      seen[pixel] = 1;
      queue[end++] = pixel;
    };
    visit(start);
    for (let next = 0; next < end; next++) {
      const pixel = queue[next]!;
      const x = pixel % width;
      if (pixel >= width) visit(pixel - width);
      if (x > 0) visit(pixel - 1);
      if (x + 1 < width) visit(pixel + 1);
      if (pixel + width < height * width) visit(pixel + width);
    }
    parts.push(queue.slice(0, end));
  }
  return parts;
}

/** The number of a part's first neighbour that has one. */
function neighbourOf(
  part: Uint32Array,
  numbers: Int32Array,
  height: number,
  width: number,
): number | undefined {
  for (const pixel of part) {
    const [y, x] = [Math.floor(pixel / width), pixel % width];
    const beside = [
      ...(x > 0 ? [pixel - 1] : []),
      ...(y > 0 ? [pixel - width] : []),
      ...(x + 1 < width ? [pixel + 1] : []),
      ...(y + 1 < height ? [pixel + width] : []),
    ].find((p) => numbers[p] !== -1);
    if (beside !== undefined) return numbers[beside];
  }
  return undefined;
}
