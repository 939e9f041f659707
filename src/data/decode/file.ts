import { readFile, stat } from 'node:fs/promises';
import { inputError, reasonOf } from '../../base/errors.js';
import { decodeDicom } from './dicom/decode.js';
import { hasPreamble, isDicom } from './dicom/file/sniff.js';
import type { DecodedImage, DecodeOptions, DisplayImage } from './image/decoded.js';
import { defaultLimits } from './image/limits.js';
import { kindOf } from './kind.js';
import { decodePicture, isPicture } from './picture.js';

const pictures = 'PNG, JPEG, TIFF, WebP, GIF, BMP or PGM';

/**
 * Decodes an image file: DICOM, PNG, JPEG, TIFF, WebP, GIF, BMP or PGM, detected by content. See
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
  const bytes = await readBounded(path, options.limits?.fileBytes ?? defaultLimits.fileBytes);
  if (hasPreamble(bytes)) return decodeDicom(bytes, path, options);
  if (isPicture(bytes)) return decodePicture(bytes, path, options);
  if (isDicom(bytes)) return decodeDicom(bytes, path, options);
  const kind = kindOf(bytes);
  throw inputError(`${path}: it is neither DICOM nor ${pictures}${kind === undefined ? '' : ` but ${kind}`}`);
}

async function readBounded(path: string, limit: number): Promise<Uint8Array> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) {
      throw inputError(`it is a folder; one file is read: DICOM, ${pictures}`);
    }
    const { size } = found;
    if (size > limit) throw inputError(`it has ${size} bytes, more than the limit of ${limit}`);
    if (size === 0) throw inputError('it is empty');
    return await readFile(path);
  } catch (error) {
    throw inputError(`${path}: ${reasonOf(error)}`, error);
  }
}
