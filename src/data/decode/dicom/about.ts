import { defaultLimits } from '../image/limits.js';
import { named } from '../image/named.js';
import { patientPseudonym } from './deidentify.js';
import { readLayout } from './file/layout.js';
import { parseDicom } from './file/parse.js';

/** Header data of a DICOM image, read without decoding pixels. */
export interface DicomAbout {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  /** Salted hash of the patient identifier, where the file has one. */
  readonly patient?: string;
}

/** Reads the header of a DICOM file. Errors are those of `decodeDicom`, prefixed with `name`. */
export function dicomAbout(bytes: Uint8Array, name: string, salt: string): DicomAbout {
  try {
    const { data } = parseDicom(bytes, defaultLimits);
    const { columns, rows, frames } = readLayout(data, defaultLimits);
    return { width: columns, height: rows, frames, patient: patientPseudonym(data, salt) };
  } catch (error) {
    throw named(error, name);
  }
}
