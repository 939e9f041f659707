import { open, readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { inputError } from '../../base/errors.js';
import { type DicomAbout, dicomAbout } from '../decode/dicom/about.js';
import { isDicom } from '../decode/dicom/file/sniff.js';
import { decodeFile } from '../decode/index.js';
import { isPicture } from '../decode/picture.js';
import type { Size } from './boxes.js';

/** Size of an image in pixels as displayed, after EXIF orientation, and as stored. */
export interface Measured extends Size {
  readonly stored: Size;
}

/**
 * Reads an image's size from the header of a PNG, JPEG, TIFF, WebP, GIF or DICOM file; decodes other formats.
 * Throws where the file is no image.
 */
export async function measure(path: string): Promise<Measured> {
  const header = await sharp(path, { limitInputPixels: 2 ** 28 })
    .metadata()
    .catch(() => undefined);
  if (header !== undefined) {
    const { width, height, autoOrient } = header;
    return { ...autoOrient, stored: { width, height } };
  }
  const about = await aboutDicom(path, '');
  if (about !== undefined) return { width: about.width, height: about.height, stored: about };
  const { pixels } = await decodeFile(path, { raw: true });
  const [height, width] = pixels.shape as [number, number];
  return { width, height, stored: { width, height } };
}

/** Size of an image in pixels as displayed. `name` identifies it in errors. */
export async function imageSize(path: string, name: string): Promise<Size> {
  try {
    const { width, height } = await measure(path);
    return { width, height };
  } catch (error) {
    throw inputError(`${name}: cannot be read as an image, so its size is unknown`, error);
  }
}

/** Header data of a DICOM file; `undefined` where the file is not DICOM or damaged. */
export async function aboutDicom(path: string, salt: string): Promise<DicomAbout | undefined> {
  const head = new Uint8Array(512);
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    const begun = head.subarray(0, bytesRead);
    if (isPicture(begun) || !isDicom(begun)) return undefined;
    return dicomAbout(await readFile(path), path, salt);
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}
