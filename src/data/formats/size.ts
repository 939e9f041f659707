import sharp from 'sharp';
import { inputError } from '../../base/errors.js';
import { decodeFile } from '../decode/index.js';
import type { Size } from './boxes.js';

/**
 * An image's size in pixels as it is displayed: from the header of a PNG, JPEG or TIFF, turned by its EXIF
 * orientation, of other formats by decoding. `name` is what an error calls it.
 */
export async function imageSize(path: string, name: string): Promise<Size> {
  const header = await sharp(path, { limitInputPixels: 2 ** 28 })
    .metadata()
    .catch(() => undefined);
  if (header !== undefined) return header.autoOrient;
  try {
    const { pixels } = await decodeFile(path, { raw: true });
    const [height, width] = pixels.shape as [number, number];
    return { width, height };
  } catch (error) {
    throw inputError(`${name}: cannot be read as an image, so its size is unknown`, error);
  }
}
