import { groupBy } from '../../base/groups.js';
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

/**
 * Tells which images are given to several patients although their files name one (`keyOf`): a split may
 * separate them. The patients given count.
 */
export function toldApart<T extends OfPatient>(
  images: readonly T[],
  keyOf: (image: T) => string | undefined,
): readonly (T & OfPatient)[] {
  const named = groupBy(
    images.filter((image) => keyOf(image) !== undefined),
    (image) => keyOf(image)!,
  );
  const apart = new Set(
    [...named.values()].filter((own) => new Set(own.map(({ patient }) => patient)).size > 1).flat(),
  );
  const fault = {
    kind: 'inconsistent',
    problem:
      'its PatientID is also that of files which the table or pattern gives to other patients: they count as several, and a split may separate them',
  } as const;
  return images.map((image) =>
    apart.has(image) ? { ...image, faults: [...(image.faults ?? []), fault] } : image,
  );
}
