import { RADIUS } from './local-contrast.js';
import { summed } from './part.js';

/** The largest variance, of grey levels squared, of 3x3 pixels where nothing varies. */
const FLAT = 0.1;

/**
 * Which pixels of a `side x side` picture have a place where nothing varies in the 9x9 pixels around them: a
 * bar, a shutter or saturation, which covers what another copy of the picture may show there.
 */
export function besideBare(picture: ArrayLike<number>, side: number): Uint8Array {
  const { sums } = summed(picture, side);
  const squares = summed(
    Float64Array.from(picture, (value) => value ** 2),
    side,
  ).sums;
  const row = side + 1;
  const within = (of: Float64Array, i: number, radius: number) => {
    const [x, y] = [i % side, Math.floor(i / side)];
    const [left, right] = [Math.max(0, x - radius), Math.min(side, x + radius + 1)];
    const [top, bottom] = [Math.max(0, y - radius) * row, Math.min(side, y + radius + 1) * row];
    const sum = of[bottom + right]! - of[top + right]! - of[bottom + left]! + of[top + left]!;
    return { sum, count: ((bottom - top) / row) * (right - left) };
  };
  const bare = Uint8Array.from(picture, (_, i) => {
    const { sum, count } = within(sums, i, 1);
    return within(squares, i, 1).sum / count - (sum / count) ** 2 < FLAT ? 1 : 0;
  });
  const bares = summed(bare, side).sums;
  return bare.map((_, i) => (within(bares, i, RADIUS + 3).sum > 0 ? 1 : 0));
}
