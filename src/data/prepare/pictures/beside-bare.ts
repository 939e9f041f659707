import { around } from './around.js';
import { RADIUS } from './local-contrast.js';

/** The largest variance, of grey levels squared, of 3x3 pixels where nothing varies. */
const FLAT = 0.1;

/**
 * Which pixels of a `side x side` picture have a place where nothing varies in the 9x9 pixels around them: a
 * bar, a shutter or saturation, which covers what another copy of the picture may show there.
 */
export function besideBare(picture: ArrayLike<number>, side: number): Uint8Array {
  const at = around(picture, side);
  const bare = Uint8Array.from(picture, (_, i) => (at(i, 1).variance < FLAT ? 1 : 0));
  const near = around(bare, side);
  return bare.map((_, i) => (near(i, RADIUS + 3).mean > 0 ? 1 : 0));
}
