import { stat } from 'node:fs/promises';
import { inputError } from '../../base/errors.js';
import { readBytes, readHead } from '../../base/files.js';
import { isBmp } from '../decode/bmp.js';
import { type DicomAbout, dicomAbout } from '../decode/dicom/about.js';
import type { DicomObject } from '../decode/dicom/file/object.js';
import { isDicom } from '../decode/dicom/file/sniff.js';
import { checkClaim } from '../decode/image/claim.js';
import { decodeFile } from '../decode/index.js';
import { isPicture, metadataOf } from '../decode/picture.js';
import { isPnm } from '../decode/pnm.js';
import type { Size } from './boxes.js';

/** Size of an image in pixels as displayed, after EXIF orientation, and as stored. */
export interface Measured extends Size {
  readonly stored: Size;
  /** Whether the EXIF orientation turns or mirrors it. */
  readonly isTurned?: boolean;
}

/**
 * Reads an image's size from the header of a PNG, JPEG, TIFF, WebP, GIF or DICOM file; decodes other formats.
 * Throws where the file is no image.
 */
export async function measure(path: string): Promise<Measured> {
  const head = await readHead(path, 512);
  if (hasHeader(head)) {
    const { frames: _, ...measured } = await headerOf(path);
    checkClaim(measured.stored, (await stat(path)).size);
    return measured;
  }
  const about = await aboutDicom(path, '');
  if (about !== undefined && 'width' in about)
    return { width: about.width, height: about.height, stored: about };
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

/** The size that an option states as WIDTHxHEIGHT. */
export function sizeOfOption(given: string): Size | undefined {
  const [width = 0, height = 0] = /^(\d+)x(\d+)$/.exec(given)?.slice(1).map(Number) ?? [];
  return width > 0 && height > 0 ? { width, height } : undefined;
}

/** Header data of a picture. */
export interface PictureAbout extends Measured {
  /** Pages or frames. */
  readonly frames: number;
}

/** Header data of a picture that may be turned or have pages; `undefined` of others and of damaged ones. */
export async function aboutPicture(path: string): Promise<PictureAbout | undefined> {
  try {
    const head = await readHead(path, 512);
    return hasHeader(head) ? await headerOf(path) : undefined;
  } catch {
    return undefined;
  }
}

const hasHeader = (head: Uint8Array): boolean => isPicture(head) && !isBmp(head) && !isPnm(head);

async function headerOf(path: string): Promise<PictureAbout> {
  const { width, height, autoOrient, orientation = 1, pages = 1 } = await metadataOf(path);
  const isTurned = orientation > 1 && orientation < 9;
  return { ...autoOrient, stored: { width, height }, isTurned, frames: pages };
}

/** Header data of a DICOM file, or what it is; `undefined` where the file is not DICOM or damaged. */
export async function aboutDicom(path: string, salt: string): Promise<DicomAbout | DicomObject | undefined> {
  try {
    const head = await readHead(path, 512);
    if (isPicture(head) || !isDicom(head)) return undefined;
    return dicomAbout(await readBytes(path), path, salt);
  } catch {
    return undefined;
  }
}
