/** One image's value, with its patient. */
export interface Observation {
  readonly patient: string;
  readonly value: number;
}

/** The sum of each patient's values and the number of the images, in the order of their first image. */
export function byPatient(observations: readonly Observation[]): { sum: number; count: number }[] {
  const patients = new Map<string, { sum: number; count: number }>();
  for (const { patient, value } of observations) {
    const own = patients.get(patient);
    if (own === undefined) patients.set(patient, { sum: value, count: 1 });
    else {
      own.sum += value;
      own.count++;
    }
  }
  return [...patients.values()];
}

/**
 * Whether resampling so many patients gives an interval of this level. Where one patient alone makes up more
 * resamples than a tail holds, the ends would be the least and the greatest patient: at 95 %, of fewer than
 * four.
 */
export const areEnough = (patients: number, level = 0.95): boolean => patients ** -patients < (1 - level) / 2;

export const meanOf = (observations: readonly { readonly value: number }[]): number =>
  observations.reduce((sum, { value }) => sum + value, 0) / observations.length;
