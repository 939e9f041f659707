import { around } from './around.js';
import { RADIUS } from './local-contrast.js';

/** The largest variance, of grey levels squared, of 3x3 pixels where nothing varies. */
const FLAT = 0.1;
/** The share of the pixels around one that may be bare, for it to be little changed. */
const FEW = 0.1;

/** Pixels that depend on places where nothing varies, which cover what another copy shows there. */
export interface BesideBare {
  /** Those with any such place in the 15x15 pixels around them: by a bar, a shutter or saturation. */
  readonly any: Uint8Array;
  /** Those with such places in more than a tenth of the 9x9 pixels around them. */
  readonly many: Uint8Array;
}

/** 1 for the pixels of a `side x side` picture around which nothing varies. */
export function bareIn(picture: ArrayLike<number>, side: number): Uint8Array {
  const at = around(picture, side);
  return Uint8Array.from(picture, (_, i) => (at(i, 1).variance < FLAT ? 1 : 0));
}

/** Which pixels of a `side x side` picture depend on places where nothing varies. */
export function besideBare(picture: ArrayLike<number>, side: number): BesideBare {
  const bare = bareIn(picture, side);
  const near = around(bare, side);
  return {
    any: bare.map((_, i) => (near(i, RADIUS + 3).mean > 0 ? 1 : 0)),
    many: bare.map((_, i) => (near(i, RADIUS).mean > FEW ? 1 : 0)),
  };
}
