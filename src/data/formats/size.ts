import sharp from 'sharp';
import { inputError } from '../../base/errors.js';
import type { Size } from './boxes.js';

/** An image file's size in pixels from its header (PNG, JPEG, TIFF). Throws where it is none of these; `name` is what the message calls it. */
export async function imageSize(path: string, name: string): Promise<Size> {
  try {
    const { width, height } = await sharp(path, { limitInputPixels: 2 ** 28 }).metadata();
    return { width, height };
  } catch (error) {
    throw inputError(`${name}: is in no format whose size can be read (PNG, JPEG, TIFF)`, error);
  }
}
