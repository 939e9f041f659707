import { inputError, SightlineError } from '../../base/errors.js';
import { isMissing, readBytes } from '../../base/files.js';
import { decodeDicom } from './dicom/decode.js';
import { hasPreamble, isDicom } from './dicom/file/sniff.js';
import type { DecodedImage, DecodeOptions, DisplayImage } from './image/decoded.js';
import { defaultLimits } from './image/limits.js';
import { kindOf } from './kind.js';
import { isNifti } from './nifti.js';
import { decodePicture, isPicture } from './picture.js';

const pictures = 'PNG, JPEG, TIFF, WebP, GIF, BMP or PNM';

/**
 * Decodes an image file: DICOM, PNG, JPEG, TIFF, WebP, GIF, BMP or PNM (PBM, PGM, PPM), by its content. See
 * `DecodeOptions` and `DecodedImage`. Every error is a `SightlineError` prefixed with the path.
 */
export async function decodeFile(
  path: string,
  options: DecodeOptions & { readonly raw: true },
): Promise<DecodedImage>;
export async function decodeFile(
  path: string,
  options?: DecodeOptions & { readonly raw?: false },
): Promise<DisplayImage>;
export async function decodeFile(path: string, options?: DecodeOptions): Promise<DecodedImage>;
export async function decodeFile(path: string, options: DecodeOptions = {}): Promise<DecodedImage> {
  const limit = options.limits?.fileBytes ?? defaultLimits.fileBytes;
  const bytes = await readBytes(path, limit).catch((error) => {
    if (!(error instanceof SightlineError) || isMissing(error.cause)) throw error;
    throw inputError(`${error.message}; one file is read: DICOM, ${pictures}`, error.cause);
  });
  if (bytes.length === 0) throw inputError(`${path}: it is empty`);
  if (hasPreamble(bytes)) return decodeDicom(bytes, path, options);
  if (isPicture(bytes)) return decodePicture(bytes, path, options);
  if (isDicom(bytes)) return decodeDicom(bytes, path, options);
  const kind = isNifti(bytes) ? 'a NIfTI volume' : kindOf(bytes);
  throw inputError(`${path}: it is neither DICOM nor ${pictures}${kind === undefined ? '' : ` but ${kind}`}`);
}
