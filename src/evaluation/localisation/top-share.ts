import { tieGroups } from '../../tensor/rank.js';

/** How many of the `count` greatest values of a map lie in the mask; expected where the last of them are tied. */
export function insideTop(map: Float32Array, mask: Uint8Array, count: number): number {
  const { inside, outside } = tieGroups(map, mask);
  let [left, hits] = [count, 0];
  for (let i = 0; i < inside.length && left > 0; i++) {
    const size = inside[i]! + outside[i]!;
    const taken = Math.min(left, size);
    hits += (inside[i]! * taken) / size;
    left -= taken;
  }
  return hits;
}
