import { groupBy } from '../../../base/groups.js';
import { permutation, type Random } from '../../../base/random.js';
import { areaOfRanks, averageRanks } from '../../../tensor/rank.js';

/** A value of an image, and whether the image is of the class in question. */
export interface Observed {
  readonly value: number;
  readonly isIn: boolean;
  readonly patient: string;
  readonly site: string | undefined;
}

/**
 * The area under the ROC curve of a class by a value: the chance that an image of the class has the greater
 * one. `NaN` where all or no images are of the class.
 */
export const aurocOf = (all: readonly Observed[]): number =>
  areaOfRanks(
    ranksOf(all),
    all.map(({ isIn }) => isIn),
  );

const ranksOf = (all: readonly Observed[]) => averageRanks(all.map(({ value }) => value));

/**
 * Permutation p-value, two-sided: the share of shuffles that separate as well. Classes are shuffled among
 * patients, and where a patient has images of both, among these. The observed data count as one shuffle.
 */
export function chanceOfAuroc(all: readonly Observed[], shuffles: number, random: Random): number {
  const own = [...groupBy([...all.keys()], (i) => all[i]!.patient).values()];
  const isMixed = (images: readonly number[]) =>
    images.some((i) => all[i]!.isIn) && images.some((i) => !all[i]!.isIn);
  const [mixed, pure] = [own.filter(isMixed), own.filter((images) => !isMixed(images))];
  const ranks = ranksOf(all);
  const far = (inside: readonly boolean[]) => Math.abs(areaOfRanks(ranks, inside) - 0.5);
  const inside = all.map(({ isIn }) => isIn);
  const observed = far(inside);
  let asFar = 1;
  for (let round = 0; round < shuffles; round++) {
    const drawn = new Array<boolean>(all.length);
    const order = permutation(random, pure.length);
    for (const [k, images] of pure.entries())
      for (const i of images) drawn[i] = inside[pure[order[k]!]![0]!]!;
    for (const images of mixed) {
      const mix = permutation(random, images.length);
      for (const [k, i] of images.entries()) drawn[i] = inside[images[mix[k]!]!]!;
    }
    if (far(drawn) >= observed - 1e-12) asFar++;
  }
  return asFar / (shuffles + 1);
}

/**
 * The 95 % interval of an area under the ROC curve, by method 5 of Newcombe (2006, doi:10.1002/sim.2324),
 * which holds where the classes are told apart without a fault. Patients are counted, not their images.
 */
export function intervalOf(auroc: number, all: readonly Observed[]): readonly [number, number] {
  const patientsOf = (isIn: boolean) =>
    new Set(all.flatMap((one) => (one.isIn === isIn ? [one.patient] : []))).size;
  const [m, n] = [patientsOf(true), patientsOf(false)];
  const isWithin = (area: number) => {
    const more = ((m + n) / 2 - 1) * ((1 - area) / (2 - area) + area / (1 + area));
    return Math.abs(auroc - area) <= 1.959964 * Math.sqrt((area * (1 - area) * (1 + more)) / (m * n));
  };
  return [edge(auroc, 0, isWithin), edge(auroc, 1, isWithin)];
}

/** Where from `inside` towards `outside` a condition ends to hold, by bisection. */
function edge(inside: number, outside: number, holds: (value: number) => boolean): number {
  let [low, high] = [inside, outside];
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}
