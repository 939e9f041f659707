/**
 * Marks the pixels of less than `air` that are connected with the edge of the image: lungs and the bowel may
 * be as dark, but lie inside.
 */
export function outerAir(
  values: ArrayLike<number>,
  width: number,
  height: number,
  air: number,
): Readonly<Uint8Array> {
  const outer = new Uint8Array(values.length);
  const open: number[] = [];
  const reach = (x: number, y: number) => {
    const i = y * width + x;
    if (x < 0 || y < 0 || x >= width || y >= height || outer[i] === 1 || values[i]! >= air) return;
    outer[i] = 1;
    open.push(i);
  };
  for (let x = 0; x < width; x++) for (const y of [0, height - 1]) reach(x, y);
  for (let y = 0; y < height; y++) for (const x of [0, width - 1]) reach(x, y);
  for (let i = open.pop(); i !== undefined; i = open.pop()) {
    const [x, y] = [i % width, Math.floor(i / width)];
    reach(x - 1, y);
    reach(x + 1, y);
    reach(x, y - 1);
    reach(x, y + 1);
  }
  return outer;
}
