/** High-pass filtered image, `side x side`, for the comparison of fine structure. */
export interface Detail {
  readonly values: Int8Array;
  readonly norm: number;
}

export const DETAIL_SIDE = 64;
const RADIUS = 3;

/** Subtracts the local mean over 7x7 pixels and scales to integers of at most 127 in magnitude. */
export function detailOf(picture: Float32Array): Detail {
  const side = DETAIL_SIDE;
  const rough = picture.map((value, i) => value - localMean(picture, i % side, Math.floor(i / side)));
  const most = rough.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-9);
  const values = Int8Array.from(rough, (v) => Math.round((127 * v) / most));
  return { values, norm: most < 1e-3 ? 0 : normOf(values) };
}

export const normOf = (values: Int8Array): number => Math.sqrt(dot(values, values));

/** Correlation of two images' fine structure, from -1 to 1; 0 where one has none. */
export const correlation = (a: Detail, b: Detail): number =>
  a.norm === 0 || b.norm === 0 ? 0 : dot(a.values, b.values) / (a.norm * b.norm);

function localMean(picture: Float32Array, x: number, y: number): number {
  let [sum, count] = [0, 0];
  for (let v = Math.max(0, y - RADIUS); v <= Math.min(DETAIL_SIDE - 1, y + RADIUS); v++) {
    for (let u = Math.max(0, x - RADIUS); u <= Math.min(DETAIL_SIDE - 1, x + RADIUS); u++) {
      sum += picture[v * DETAIL_SIDE + u]!;
      count++;
    }
  }
  return sum / count;
}

function dot(a: Int8Array, b: Int8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
