import type { Builder } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import { resizeBilinear, resizeNearest } from '../../tensor/resize.js';
import type { Tensor } from '../../tensor/tensor.js';

export type Upsampling = 'bilinear' | 'nearest' | 'none';

export interface Size {
  readonly height: number;
  readonly width: number;
}

const resizers = { bilinear: resizeBilinear, nearest: resizeNearest };

/** Brings maps `[..., h, w]` to a size; `none` leaves them. */
export const upsample = (map: Tensor, how: Upsampling, { height, width }: Size): Tensor =>
  how === 'none' ? map : resizers[how](map, height, width);

/** The nodes of `upsample` for maps of the size `from`: a product with a constant matrix along each axis. */
export function upsampledNodes(
  { matMul, constant }: Builder,
  map: string,
  how: Upsampling,
  from: Size,
  to: Size,
): string {
  if (how === 'none' || (from.height === to.height && from.width === to.width)) return map;
  const across = constant(resizing(how, from.width, to.width));
  const down = constant(transposed(resizing(how, from.height, to.height)));
  return matMul(down, matMul(map, across));
}

/** The matrix `[from, to]` that resizes a row of pixels. */
function resizing(how: 'bilinear' | 'nearest', from: number, to: number) {
  const eye = new Float32Array(from * from);
  for (let i = 0; i < from; i++) eye[i * from + i] = 1;
  return float32(resizers[how]({ data: eye, shape: [from, 1, from] }, 1, to).data, [from, to]);
}

function transposed({ data, shape }: ReturnType<typeof resizing>) {
  const [rows, columns] = shape as [number, number];
  return float32(
    Float32Array.from({ length: data.length }, (_, i) =>
      Number(data[(i % rows) * columns + Math.floor(i / rows)]),
    ),
    [columns, rows],
  );
}
