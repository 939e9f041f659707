import type { Tensor } from './tensor.js';

/**
 * The magnitude of the discrete Laplacian of planes `[N, 1, H, W]`: four times a pixel less its neighbours
 * above, below, left and right; beyond the edge the nearest pixel repeats.
 */
export function laplaceMagnitude({ data, shape }: Tensor): Tensor {
  const [height, width] = shape.slice(-2) as [number, number];
  const area = height * width;
  const out = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const p = i % area;
    const [y, x] = [Math.floor(p / width), p % width];
    const up = data[y > 0 ? i - width : i]!;
    const down = data[y < height - 1 ? i + width : i]!;
    const left = data[x > 0 ? i - 1 : i]!;
    const right = data[x < width - 1 ? i + 1 : i]!;
    out[i] = Math.abs(4 * data[i]! - up - down - left - right);
  }
  return { data: out, shape };
}
