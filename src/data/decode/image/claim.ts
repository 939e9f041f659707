import { inputError } from '../../../base/errors.js';

/** Limits of the size that an image's header may claim. */
export const pictureLimits = {
  /** Default maximum number of pixels. */
  pixels: 2 ** 28,
  /** Maximum pixels per byte of the file. A blank 1-bit PNG has 8,256. */
  pixelsPerByte: 10_000,
  /** Images of up to this many pixels may have a file of any size. */
  freely: 2 ** 24,
};

/** Throws where a header claims more pixels than the limit, or than its file can contain. */
export function checkClaim(
  { width, height }: { readonly width: number; readonly height: number },
  bytes: number,
  limit = pictureLimits.pixels,
): void {
  const pixels = width * height;
  const claim = `its header claims ${width} x ${height} pixels`;
  if (!(pixels > 0)) throw inputError(`${claim}, which is no picture`);
  if (pixels > limit) throw inputError(`${claim}; up to ${limit} are accepted`);
  const { pixelsPerByte, freely } = pictureLimits;
  if (pixels > freely && pixels > pixelsPerByte * bytes)
    throw inputError(`${claim} in ${bytes} bytes; up to ${pixelsPerByte} for each byte are accepted`);
}
