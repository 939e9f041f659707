import { defaultLimits } from '../image/limits.js';
import { named } from '../image/named.js';
import { patientPseudonym } from './deidentify.js';
import { readLayout } from './file/layout.js';
import { parseDicom } from './file/parse.js';

/** What a DICOM file says of its image, no pixel decoded. */
export interface DicomAbout {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  /** The salted hash of the patient identifier, where there is one. */
  readonly patient?: string;
}

/** Reads a DICOM file's head. `name` stands in front of every error, which are those of `decodeDicom`. */
export function dicomAbout(bytes: Uint8Array, name: string, salt: string): DicomAbout {
  try {
    const { data } = parseDicom(bytes, defaultLimits);
    const { columns, rows, frames } = readLayout(data, defaultLimits);
    return { width: columns, height: rows, frames, patient: patientPseudonym(data, salt) };
  } catch (error) {
    throw named(error, name);
  }
}
