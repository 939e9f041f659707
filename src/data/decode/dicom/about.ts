import { patientKey } from '../../patient-key.js';
import { defaultLimits } from '../image/limits.js';
import { named } from '../image/named.js';
import { patientPseudonym } from './deidentify.js';
import { decimal } from './display/groups.js';
import { readLayout } from './file/layout.js';
import { type DicomObject, objectOf } from './file/object.js';
import { parseDicom } from './file/parse.js';

/** Header data of a DICOM image, read without decoding pixels. */
export interface DicomAbout {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  /** Salted hash of the patient identifier, where the file has one. */
  readonly patient?: string;
  /** The same of what other spellings of the identifier have in common with it. */
  readonly patientKey?: string;
  /** Height of a pixel divided by its width; 1 where the file does not say. */
  readonly aspect: number;
  /** Whether the file says that its picture holds text. */
  readonly burnedIn: boolean;
}

/** Tags of a ratio or distances of pixels, down and then across. */
const spacings = ['x00280034', 'x00280030', 'x00181164'];

/**
 * Reads the header of a DICOM file, or what it is other than an image. Errors are those of `decodeDicom`,
 * prefixed with `name`.
 */
export function dicomAbout(bytes: Uint8Array, name: string, salt: string): DicomAbout | DicomObject {
  try {
    const { data } = parseDicom(bytes, defaultLimits);
    const object = objectOf(data);
    if (object !== undefined) return object;
    const { columns, rows, frames } = readLayout(data, defaultLimits);
    const [aspect = 1] = spacings.flatMap((tag) => {
      const [down, across] = [decimal(data, tag, 0), decimal(data, tag, 1)];
      return down !== undefined && across !== undefined && down > 0 && across > 0 ? [down / across] : [];
    });
    const burnedIn = data.string('x00280301')?.trim() === 'YES';
    const patient = patientPseudonym(data, salt);
    const key = patientPseudonym(data, salt, patientKey);
    return { width: columns, height: rows, frames, patient, patientKey: key, aspect, burnedIn };
  } catch (error) {
    throw named(error, name);
  }
}
