import { inputError } from '../base/errors.js';
import { gaussianBlur } from './blur.js';
import type { Tensor } from './tensor.js';

interface Edge {
  readonly from: number;
  readonly to: number;
  readonly cost: number;
}

/** Pairs of neighbouring pixels by their difference, the least first. */
export type Edges = readonly Edge[];

interface Merging {
  readonly scale: number;
  readonly least?: number;
}

/**
 * Segments of an image `[C, H, W]` by merging over the least differences first, while the difference between
 * two segments is small beside those within them (Felzenszwalb, Huttenlocher 2004,
 * doi:10.1023/B:VISI.0000022288.19776.77). Values are scaled to 0 to 1; a higher `scale` makes larger
 * segments, and none is smaller than `least` pixels. Returns the label of each pixel, numbered from 0.
 */
export const felzenszwalb = (image: Tensor, merging: Merging): Int32Array => merged(edgesOf(image), merging);

/** The edges of an image `[C, H, W]`, scaled to 0 to 1 and blurred by `sigma` pixels. */
export function edgesOf({ data, shape }: Tensor, sigma = 0.8): Edges {
  const [channels, height, width] = shape as readonly [number, number, number];
  if (shape.length !== 3) throw inputError(`segments are made of an image [C,H,W], not of [${shape}]`);
  const area = height * width;
  const image = gaussianBlur({ data: inUnitRange(data), shape }, sigma).data;
  const edges: Edge[] = [];
  for (const [dy, dx] of [
    [1, 0],
    [0, 1],
    [1, 1],
    [1, -1],
  ] as const) {
    for (let y = 0; y + dy < height; y++) {
      for (let x = Math.max(0, -dx); x + dx < width && x < width; x++) {
        const [from, to] = [y * width + x, (y + dy) * width + x + dx];
        let squares = 0;
        for (let c = 0; c < channels; c++) squares += (image[c * area + from]! - image[c * area + to]!) ** 2;
        edges.push({ from, to, cost: Math.sqrt(squares) });
      }
    }
  }
  return edges.sort((a, b) => a.cost - b.cost);
}

/** Merges the pixels of an image over its edges; returns the label of each pixel, numbered from 0. */
export function merged(edges: Edges, { scale, least = 20 }: Merging): Int32Array {
  const area = 1 + edges.reduce((last, { to }) => Math.max(last, to), 0);
  const parent = Int32Array.from({ length: area }, (_, i) => i);
  const rootOf = (pixel: number): number => {
    let root = pixel;
    while (parent[root] !== root) root = parent[root] = parent[parent[root]!]!;
    return root;
  };
  const sizes = new Int32Array(area).fill(1);
  const inner = new Float64Array(area);
  const unite = (a: number, b: number, cost: number) => {
    parent[b] = a;
    sizes[a]! += sizes[b]!;
    inner[a] = cost;
  };
  // The scale is that of images from 0 to 255.
  const bonus = (root: number) => inner[root]! + scale / 255 / sizes[root]!;
  for (const { from, to, cost } of edges) {
    const [a, b] = [rootOf(from), rootOf(to)];
    if (a !== b && cost < Math.min(bonus(a), bonus(b))) unite(a, b, cost);
  }
  for (const { from, to } of edges) {
    const [a, b] = [rootOf(from), rootOf(to)];
    if (a !== b && (sizes[a]! < least || sizes[b]! < least)) unite(a, b, inner[a]!);
  }
  const numbers = new Map<number, number>();
  return Int32Array.from({ length: area }, (_, pixel) => {
    const root = rootOf(pixel);
    if (!numbers.has(root)) numbers.set(root, numbers.size);
    return numbers.get(root)!;
  });
}

function inUnitRange(data: Float32Array): Float32Array {
  let [least, greatest] = [Infinity, -Infinity];
  for (const value of data) [least, greatest] = [Math.min(least, value), Math.max(greatest, value)];
  return data.map((value) => (value - least) / (greatest - least || 1));
}
