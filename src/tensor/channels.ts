import { sizeOf, type Tensor } from './tensor.js';

/** Moves the channels first: `[.., H, W, C]`, or one image `[H, W]`, to `[.., C, H, W]`. */
export function channelsFirst({ data, shape }: Tensor): Tensor {
  const [height, width, channels] = shape.length === 2 ? [...shape, 1] : shape.slice(-3);
  const moved = transposed({ data, shape: [height! * width!, channels!] });
  return { data: moved, shape: [...shape.slice(0, -3), channels!, height!, width!] };
}

/** Moves the channels last: `[.., C, H, W]` to `[.., H, W, C]`. */
export function channelsLast({ data, shape }: Tensor): Tensor {
  const [channels, height, width] = shape.slice(-3) as [number, number, number];
  const moved = transposed({ data, shape: [channels, height * width] });
  return { data: moved, shape: [...shape.slice(0, -3), height, width, channels] };
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
