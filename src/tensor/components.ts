import { sizeOf, type Tensor, type TypedArray } from './tensor.js';

/** Which neighbours are joined: those that share a side, or a corner too. */
type Touching = 'sides' | 'corners';

/**
 * The connected components of a mask of any number of axes: the indices of each, in breadth-first order.
 * A pixel belongs to it where its value is not zero.
 */
export function connectedParts(mask: Tensor<TypedArray>, touching: Touching = 'corners'): Uint32Array[] {
  const { unseen, row, firsts, here, there } = bordered(mask, touching);
  // Pixels to visit, and their places in the bordered mask.
  const queue = new Uint32Array(mask.data.length);
  const places = new Uint32Array(mask.data.length);
  const parts: Uint32Array[] = [];
  for (let start = 0; start < queue.length; start++) {
    if (mask.data[start] === 0) continue;
    const first = firsts[Math.floor(start / row)]! + (start % row);
    if (unseen[first] === 0) continue;
    unseen[first] = 0;
    queue[0] = start;
    places[0] = first;
    let end = 1;
    for (let next = 0; next < end; next++) {
      const [pixel, place] = [queue[next]!, places[next]!];
      for (let n = 0; n < there.length; n++) {
        const near = place + there[n]!;
        if (unseen[near] === 0) continue;
        unseen[near] = 0;
        queue[end] = pixel + here[n]!;
        places[end++] = near;
      }
    }
    parts.push(queue.slice(0, end));
  }
  return parts;
}

/**
 * The mask with a border of zeros, which ends every walk; the length of a row and where each begins in it;
 * and the steps to neighbours, in the mask and in the bordered one.
 */
function bordered({ data, shape }: Tensor<TypedArray>, touching: Touching) {
  const wide = shape.map((length) => length + 2);
  const stepsOf = (lengths: readonly number[]) => lengths.map((_, axis) => sizeOf(lengths.slice(axis + 1)));
  const [inner, outer] = [stepsOf(shape), stepsOf(wide)];
  const unseen = new Uint8Array(sizeOf(wide));
  const row = shape.at(-1) ?? 1;
  const firsts: number[] = [];
  for (let from = 0; from < data.length; from += row) {
    const first = outer.reduce(
      (sum, step, axis) => sum + step * (1 + (Math.floor(from / inner[axis]!) % shape[axis]!)),
      0,
    );
    firsts.push(first);
    for (let x = 0; x < row; x++) if (data[from + x] !== 0) unseen[first + x] = 1;
  }
  const moves = shape.reduce<readonly (readonly number[])[]>(
    (all) => all.flatMap((move) => [-1, 0, 1].map((one) => [...move, one])),
    [[]],
  );
  const by = (move: readonly number[], steps: readonly number[]) =>
    move.reduce((sum, one, axis) => sum + one * steps[axis]!, 0);
  const near = moves.filter((move) => {
    const changed = move.filter((one) => one !== 0).length;
    return touching === 'sides' ? changed === 1 : changed > 0;
  });
  const here = Int32Array.from(near, (move) => by(move, inner));
  const there = Int32Array.from(near, (move) => by(move, outer));
  return { unseen, row, firsts, here, there };
}

/** A mask `[H, W]` with its holes filled: background that no path through sides joins to the edge. */
export function withoutHoles({ data, shape }: Tensor<Uint8Array>): Tensor<Uint8Array> {
  const [height, width] = [shape[0]!, shape[1]!];
  const filled = Uint8Array.from(data);
  const atEdge = (p: number) =>
    p < width || p >= width * (height - 1) || p % width === 0 || p % width === width - 1;
  const background = { data: data.map((one) => 1 - one), shape };
  for (const part of connectedParts(background, 'sides')) {
    if (!part.some(atEdge)) for (let i = 0; i < part.length; i++) filled[part[i]!] = 1;
  }
  return { data: filled, shape };
}
