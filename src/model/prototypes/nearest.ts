import { sizeOf, type Tensor } from '../../tensor/tensor.js';

/** A place of a feature map. */
export interface Place {
  /** The number of the image, counted over all that were seen. */
  readonly image: number;
  readonly row: number;
  readonly column: number;
  readonly distance: number;
}

/** The nearest place in one image, of distances `[N, P, H, W]`; of equal ones the first by rows. */
export function nearestPlace(
  { data, shape }: Tensor,
  image: number,
  prototype: number,
): Omit<Place, 'image'> {
  const [, count, , width] = shape as [number, number, number, number];
  const area = sizeOf(shape.slice(2));
  const from = (image * count + prototype) * area;
  let best = 0;
  for (let i = 1; i < area; i++) if (data[from + i]! < data[from + best]!) best = i;
  return { row: Math.floor(best / width), column: best % width, distance: data[from + best]! };
}

/**
 * For each prototype the nearest place in the images that it may be projected on; undefined where there is
 * none. `labels` are the classes of the images. Of equal distances the first counts.
 */
export function nearestPlaces(
  distances: Tensor,
  labels: readonly number[],
  allows: (prototype: number, label: number) => boolean,
): (Place | undefined)[] {
  return Array.from({ length: distances.shape[1]! }, (_, prototype) => {
    let best: Place | undefined;
    for (const [image, label] of labels.entries()) {
      if (!allows(prototype, label)) continue;
      const place = nearestPlace(distances, image, prototype);
      if (!best || place.distance < best.distance) best = { image, ...place };
    }
    return best;
  });
}

/** The nearer of two places; the first where they are equally near. */
export const nearer = (a: Place | undefined, b: Place | undefined): Place | undefined =>
  a && b ? (b.distance < a.distance ? b : a) : (a ?? b);

/** The squared distances of a vector `[D]` to the features `[D, H, W]` of one image at every place. */
export function distancesTo(vector: Float32Array, { data, shape }: Tensor): Tensor {
  const area = sizeOf(shape.slice(1));
  const sums = new Float32Array(area);
  for (let place = 0; place < area; place++) {
    let sum = 0;
    for (const [d, value] of vector.entries()) sum += (data[d * area + place]! - value) ** 2;
    sums[place] = sum;
  }
  return { data: sums, shape: shape.slice(1) };
}

/**
 * The place of the largest value of a map `[H, W]`: of equal ones the first by rows, or by columns as the
 * pictures of PIP-Net's published code choose it.
 */
export function strongestPlace({ data, shape }: Tensor, first: 'rows' | 'columns' = 'rows') {
  const [rows, columns] = shape as [number, number];
  let best = { row: 0, column: 0, value: data[0]! };
  for (let i = 1; i < rows * columns; i++) {
    const [row, column] =
      first === 'rows' ? [Math.floor(i / columns), i % columns] : [i % rows, Math.floor(i / rows)];
    const value = data[row * columns + column]!;
    if (value > best.value) best = { row, column, value };
  }
  return best;
}
