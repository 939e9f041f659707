/**
 * A picture turned about its centre by some degrees, anticlockwise. It is `side x side` pixels of what was
 * `ratio` times as wide as high; what comes from beyond its edges repeats them.
 */
export function tilted(
  picture: ArrayLike<number>,
  side: number,
  ratio: number,
  degrees: number,
): Float32Array {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const centre = (side - 1) / 2;
  const within = (at: number) => Math.min(side - 1, Math.max(0, at));
  const out = new Float32Array(side * side);
  for (let i = 0; i < out.length; i++) {
    const [x, y] = [(i % side) - centre, Math.floor(i / side) - centre];
    const u = within(centre + cos * x - (sin * y) / ratio);
    const v = within(centre + sin * x * ratio + cos * y);
    const [left, top] = [Math.min(side - 2, Math.floor(u)), Math.min(side - 2, Math.floor(v))];
    const [right, down] = [u - left, v - top];
    const at = top * side + left;
    const upper = picture[at]! + right * (picture[at + 1]! - picture[at]!);
    const lower = picture[at + side]! + right * (picture[at + side + 1]! - picture[at + side]!);
    out[i] = upper + down * (lower - upper);
  }
  return out;
}
