import { sizeOf, type Tensor } from './tensor.js';

/**
 * Moves the channels first: `[.., H, W, C]`, or one image `[H, W]`, to `[.., C, H, W]`; with other numbers of
 * positions than two, volumes and signals.
 */
export function channelsFirst({ data, shape }: Tensor, positions = 2): Tensor {
  const [...own] = shape.length === positions ? [...shape, 1] : shape.slice(-positions - 1);
  const channels = own.pop()!;
  const moved = transposed({ data, shape: [sizeOf(own), channels] });
  return { data: moved, shape: [...shape.slice(0, -positions - 1), channels, ...own] };
}

/** Moves the channels last: `[.., C, H, W]` to `[.., H, W, C]`. */
export function channelsLast({ data, shape }: Tensor, positions = 2): Tensor {
  const [channels, ...own] = shape.slice(-positions - 1) as [number, ...number[]];
  const moved = transposed({ data, shape: [channels, sizeOf(own)] });
  return { data: moved, shape: [...shape.slice(0, -positions - 1), ...own, channels] };
}

/** Transposes each matrix of a stack. */
function transposed({ data, shape }: Tensor): Float32Array {
  const [rows, columns] = shape as [number, number];
  const size = sizeOf(shape);
  const out = new Float32Array(data.length);
  for (let from = 0; from < data.length; from += size) {
    for (let i = 0; i < size; i++) {
      out[from + (i % columns) * rows + Math.floor(i / columns)] = data[from + i]!;
    }
  }
  return out;
}
