import type { Tensor } from './tensor.js';

/**
 * The connected components of a mask `[H, W]`: the pixel indices of each, in breadth-first order. Pixels are
 * joined by sides and corners (8), or by sides alone (4).
 */
export function connectedParts({ data, shape }: Tensor<Uint8Array>, connectivity: 4 | 8 = 8): Uint32Array[] {
  const [height, width] = [shape[0]!, shape[1]!];
  const seen = new Uint8Array(data.length);
  const queue = new Uint32Array(data.length);
  const parts: Uint32Array[] = [];
  for (let start = 0; start < data.length; start++) {
    if (data[start] !== 1 || seen[start] === 1) continue;
    let end = 0;
    queue[end++] = start;
    seen[start] = 1;
    for (let next = 0; next < end; next++) {
      const [x, y] = [queue[next]! % width, Math.floor(queue[next]! / width)];
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          const i = v * width + u;
          if (data[i] !== 1 || seen[i] === 1) continue;
          if (connectivity === 4 && u !== x && v !== y) continue;
          seen[i] = 1;
          queue[end++] = i;
        }
      }
    }
    parts.push(queue.slice(0, end));
  }
  return parts;
}

/** A mask `[H, W]` with its holes filled: background that no path through sides joins to the edge. */
export function withoutHoles({ data, shape }: Tensor<Uint8Array>): Tensor<Uint8Array> {
  const [height, width] = [shape[0]!, shape[1]!];
  const filled = Uint8Array.from(data);
  const atEdge = (p: number) =>
    p < width || p >= width * (height - 1) || p % width === 0 || p % width === width - 1;
  for (const part of connectedParts({ data: data.map((one) => 1 - one), shape }, 4)) {
    if (!part.some(atEdge)) for (const p of part) filled[p] = 1;
  }
  return { data: filled, shape };
}
