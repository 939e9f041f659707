import { patientKey } from '../patient-key.js';
import type { Fault } from './boxes.js';

interface OfPatient {
  readonly patient?: string | undefined;
  readonly faults?: readonly Fault[];
}

/**
 * Joins patients whose identifiers are spellings of one, and so have one key: told apart, they would be in
 * several splits. Each has the identifier of its first image, which is told.
 */
export function joinedPatients<T extends OfPatient>(
  images: readonly T[],
  keyOf: (image: T) => string | undefined = ({ patient }) => patient && patientKey(patient),
): readonly (T & OfPatient)[] {
  const firsts = new Map<string, string>();
  return images.map((image) => {
    const key = keyOf(image);
    if (image.patient === undefined || key === undefined) return image;
    const first = firsts.get(key) ?? image.patient;
    firsts.set(key, first);
    if (first === image.patient) return image;
    const fault = {
      kind: 'inconsistent',
      problem:
        'its patient is spelled as another one up to capital letters, spaces, _, dashes, slashes, quotes, ^ at the end, and zeros in front of a number or behind its point: they count as one',
    } as const;
    return { ...image, patient: first, faults: [...(image.faults ?? []), fault] };
  });
}
