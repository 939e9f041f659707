/** How far numbers are from their reference, as a share of its Euclidean length. */
export function relative(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  let [off, size] = [0, 0];
  for (let i = 0; i < theirs.length; i++) {
    off += (ours[i]! - theirs[i]!) ** 2;
    size += theirs[i]! ** 2;
  }
  return Math.sqrt(off / size);
}
