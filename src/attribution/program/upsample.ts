import { usageError } from '../../base/errors.js';
import type { Builder } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import type { View } from '../../model/maps/view.js';
import { resizeBilinear, resizeNearest, resizeVolume } from '../../tensor/resize.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';

export type Upsampling = 'bilinear' | 'nearest' | 'none';

const resizers = { bilinear: resizeBilinear, nearest: resizeNearest };

/**
 * Brings maps `[N, 1, ...positions]` to the lengths `to`, along each axis by itself; `none` leaves them. With
 * a view, positions that the network does not read are 0.
 */
export function upsample(map: Tensor, how: Upsampling, to: readonly number[], view?: View): Tensor {
  const { shape } = map;
  if (how === 'none') return map;
  checkAxes(shape.slice(2), to);
  if (view) return seen(map, how, view);
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
  view?: View,
): string {
  if (how === 'none' || (from.join() === to.join() && !view)) return map;
  checkAxes(from, to);
  const [height, width] = to.slice(-2) as [number, number];
  const along = (axis: number) =>
    view ? seeing(how, from.at(axis)!, view.at(axis)!) : resizing(how, from.at(axis)!, to.at(axis)!);
  const across = constant(along(-1));
  const down = constant(transposed(along(-2)));
  const flat = matMul(down, matMul(map, across));
  if (to.length === 2) return flat;
  const deep = constant(transposed(along(0)));
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

/** The matrix `[from, to]` that shows each position what a row of pixels holds where the network reads it. */
function seeing(how: 'bilinear' | 'nearest', from: number, sight: Float64Array) {
  const shares = new Float32Array(from * sight.length);
  for (const [p, at] of sight.entries()) {
    if (Number.isNaN(at)) continue;
    const cell = (i: number) => Math.min(Math.max(i, 0), from - 1) * sight.length + p;
    const place = how === 'nearest' ? Math.floor(at * from) : at * from - 0.5;
    const low = Math.floor(place);
    shares[cell(low)]! += 1 - (place - low);
    shares[cell(low + 1)]! += place - low;
  }
  return float32(shares, [from, sight.length]);
}

/** Maps `[N, 1, ...positions]` brought to where the network reads them. */
function seen({ data, shape }: Tensor, how: 'bilinear' | 'nearest', view: View): Tensor {
  const places = shape.slice(2);
  let values: ArrayLike<number> = data;
  for (const [axis, sight] of view.entries()) {
    const from = places[axis]!;
    const shares = seeing(how, from, sight).data;
    places[axis] = sight.length;
    values = product(values, shares, from, sizeOf(places.slice(axis + 1)));
  }
  return { data: Float32Array.from(values), shape: [...shape.slice(0, 2), ...places] };
}

/** Values `[..., from, inner]` times a matrix `[from, to]` along the middle axis. */
function product(values: ArrayLike<number>, shares: ArrayLike<number | bigint>, from: number, inner: number) {
  const to = shares.length / from;
  const out = new Float64Array((values.length / from) * to);
  for (let o = 0; o < out.length; o++) {
    const outer = Math.floor(o / (to * inner));
    const p = Math.floor(o / inner) % to;
    for (let i = 0; i < from; i++)
      out[o]! += values[(outer * from + i) * inner + (o % inner)]! * Number(shares[i * to + p]);
  }
  return out;
}

function transposed({ data, shape }: ReturnType<typeof resizing>) {
  const [rows, columns] = shape as [number, number];
  const turned = Float32Array.from({ length: data.length }, (_, i) =>
    Number(data[(i % rows) * columns + Math.floor(i / rows)]),
  );
  return float32(turned, [columns, rows]);
}
