import { usageError } from '../../base/errors.js';
import type { Builder } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import { resizeBilinear, resizeNearest, resizeVolume } from '../../tensor/resize.js';
import type { Tensor } from '../../tensor/tensor.js';

export type Upsampling = 'bilinear' | 'nearest' | 'none';

const resizers = { bilinear: resizeBilinear, nearest: resizeNearest };

/** Brings maps `[N, 1, ...positions]` to the lengths `to`, along each axis by itself; `none` leaves them. */
export function upsample(map: Tensor, how: Upsampling, to: readonly number[]): Tensor {
  const { shape } = map;
  if (how === 'none') return map;
  checkAxes(shape.slice(2), to);
  const [height, width] = to.slice(-2) as [number, number];
  if (to.length === 2) return resizers[how](map, height, width);
  return resizeVolume(map, resizers[how], to);
}

/** The nodes of `upsample` for maps of lengths `from`: a product with a constant matrix along each axis. */
export function upsampledNodes(
  { matMul, constant, reshape }: Builder,
  map: string,
  how: Upsampling,
  from: readonly number[],
  to: readonly number[],
): string {
  if (how === 'none' || from.join() === to.join()) return map;
  checkAxes(from, to);
  const [h, w] = from.slice(-2) as [number, number];
  const [height, width] = to.slice(-2) as [number, number];
  const across = constant(resizing(how, w, width));
  const down = constant(transposed(resizing(how, h, height)));
  const flat = matMul(down, matMul(map, across));
  if (to.length === 2) return flat;
  const deep = constant(transposed(resizing(how, from[0]!, to[0]!)));
  return reshape(matMul(deep, reshape(flat, [-1, 1, from[0]!, height * width])), [-1, 1, ...to]);
}

function checkAxes(from: readonly number[], to: readonly number[]): void {
  if (from.length !== to.length)
    throw usageError(
      `a map of [${from}] positions is not brought to an input of [${to}]; give upsample=none`,
    );
}

/** The matrix `[from, to]` that resizes a row of pixels. */
function resizing(how: 'bilinear' | 'nearest', from: number, to: number) {
  const eye = new Float32Array(from * from);
  for (let i = 0; i < from; i++) eye[i * from + i] = 1;
  return float32(resizers[how]({ data: eye, shape: [from, 1, from] }, 1, to).data, [from, to]);
}

function transposed({ data, shape }: ReturnType<typeof resizing>) {
  const [rows, columns] = shape as [number, number];
  const turned = Float32Array.from({ length: data.length }, (_, i) =>
    Number(data[(i % rows) * columns + Math.floor(i / rows)]),
  );
  return float32(turned, [columns, rows]);
}
