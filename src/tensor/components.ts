import { sizeOf, type Tensor, type TypedArray } from './tensor.js';

/** Which neighbours are joined: those that share a side, or a corner too. */
type Touching = 'sides' | 'corners';

/**
 * The connected components of a mask of any number of axes: the indices of each, in breadth-first order.
 * A pixel belongs to it where its value is not zero.
 */
export function connectedParts(
  { data, shape }: Tensor<TypedArray>,
  touching: Touching = 'corners',
): Uint32Array[] {
  const neighbours = neighboursOf(shape, touching);
  const seen = new Uint8Array(data.length);
  const queue = new Uint32Array(data.length);
  const parts: Uint32Array[] = [];
  for (let start = 0; start < data.length; start++) {
    if (data[start] === 0 || seen[start] === 1) continue;
    let end = 0;
    queue[end++] = start;
    seen[start] = 1;
    for (let next = 0; next < end; next++) {
      const pixel = queue[next]!;
      for (const { by, along } of neighbours) {
        if (!along.every(({ step, length, move }) => inside(Math.floor(pixel / step) % length, move, length)))
          continue;
        const other = pixel + by;
        if (data[other] === 0 || seen[other] === 1) continue;
        seen[other] = 1;
        queue[end++] = other;
      }
    }
    parts.push(queue.slice(0, end));
  }
  return parts;
}

const inside = (place: number, move: number, length: number) => place + move >= 0 && place + move < length;

/** The moves to neighbours: by how many elements, and how far along each axis that changes. */
function neighboursOf(shape: readonly number[], touching: Touching) {
  const axes = shape.map((length, axis) => ({ length, step: sizeOf(shape.slice(axis + 1)) }));
  const moves = axes.reduce<readonly (readonly number[])[]>(
    (all) => all.flatMap((move) => [-1, 0, 1].map((one) => [...move, one])),
    [[]],
  );
  const changed = (move: readonly number[]) => move.filter((one) => one !== 0).length;
  return moves
    .filter((move) => (touching === 'sides' ? changed(move) === 1 : changed(move) > 0))
    .map((move) => ({
      by: move.reduce((sum, one, axis) => sum + one * axes[axis]!.step, 0),
      along: move.flatMap((one, axis) => (one === 0 ? [] : [{ ...axes[axis]!, move: one }])),
    }));
}

/** A mask `[H, W]` with its holes filled: background that no path through sides joins to the edge. */
export function withoutHoles({ data, shape }: Tensor<Uint8Array>): Tensor<Uint8Array> {
  const [height, width] = [shape[0]!, shape[1]!];
  const filled = Uint8Array.from(data);
  const atEdge = (p: number) =>
    p < width || p >= width * (height - 1) || p % width === 0 || p % width === width - 1;
  const background = { data: data.map((one) => 1 - one), shape };
  for (const part of connectedParts(background, 'sides')) {
    if (!part.some(atEdge)) for (const p of part) filled[p] = 1;
  }
  return { data: filled, shape };
}
