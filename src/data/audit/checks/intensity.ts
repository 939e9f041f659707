import { integer, number } from '../../../base/options.js';
import { permutation, type Random } from '../../../base/random.js';
import { checkpoint } from '../../../base/run.js';
import type { Item } from './audited.js';
import { toldByBrightness } from './brightness.js';
import { check, type Finding, refOf } from './check.js';

export const intensity = check({
  name: 'shifted-intensity',
  doc: 'A split or site whose intensities differ from the rest of its data set: the first Wasserstein distance of mean histograms, as a share of the intensity range, with a permutation test over patients. And a class that can be told from the others by the mean intensity of an image, with the same test.',
  misses:
    'classes told by contrast, texture, colour or the intensity of a part alone, and groups of fewer than about five patients, which chance may tell apart',
  options: {
    distance: number({ doc: 'Minimum distance to report.', min: 0, max: 1, default: 0.02 }),
    auroc: number({
      doc: 'Minimum area under the ROC curve of a class by mean intensity to report.',
      min: 0.5,
      max: 1,
      default: 0.9,
    }),
    significance: number({
      doc: 'Maximum share of shuffles with at least this distance or area (p-value).',
      min: 0,
      max: 1,
      default: 0.01,
    }),
    shuffles: integer({ doc: 'Number of shuffles.', min: 1, max: 100000, default: 200 }),
  },
  needsPixels: true,
  async look({ archives, items }, options, random, run) {
    const found: Omit<Finding, 'check'>[] = [];
    for (const { name } of archives) {
      const seen = items.filter(({ dataset, print }) => dataset === name && print !== undefined);
      for (const kind of ['split', 'site'] as const) {
        const groupOf = (item: Item) => (kind === 'split' ? item.split : item.record.site);
        const groups = [...new Set(seen.map(groupOf))].filter((group) => group !== undefined).sort();
        if (groups.length < 2) continue;
        for (const group of groups) {
          await checkpoint(run);
          const inside = seen.map((item) => groupOf(item) === group);
          const distance = distanceOf(seen, inside);
          if (distance < options.distance) continue;
          const chance = chanceOf(
            seen,
            inside,
            distance,
            options.shuffles,
            random.fork(`${name}/${kind}/${group}`),
          );
          if (chance > options.significance) continue;
          found.push({
            severity: 'warning',
            message: `the ${kind} '${group}' of ${name} (${inside.filter(Boolean).length} of ${seen.length} images) differs in intensity from the rest by ${distance.toFixed(3)}`,
            images: seen
              .filter((_, i) => inside[i])
              .slice(0, 3)
              .map((item) => refOf(item)),
            score: distance,
          });
        }
      }
      for (const told of await toldByBrightness(name, seen, options, random, run)) found.push(told);
    }
    return found;
  },
});

/**
 * First Wasserstein distance between the mean histograms of both groups: the area between their cumulative
 * distributions.
 */
function distanceOf(items: readonly Item[], inside: readonly boolean[]): number {
  const sums = [new Float64Array(64), new Float64Array(64)];
  const counts = [0, 0];
  for (const [i, { print }] of items.entries()) {
    const side = inside[i] ? 1 : 0;
    counts[side]!++;
    for (let bin = 0; bin < 64; bin++) sums[side]![bin]! += print!.histogram[bin]!;
  }
  let [gap, distance] = [0, 0];
  for (let bin = 0; bin < 64; bin++) {
    gap += sums[1]![bin]! / counts[1]! - sums[0]![bin]! / counts[0]!;
    distance += Math.abs(gap) / 64;
  }
  return distance;
}

/**
 * Permutation p-value: the share of shuffles, by patient, with at least this distance. The observed data
 * count as one shuffle.
 */
function chanceOf(
  items: readonly Item[],
  inside: readonly boolean[],
  distance: number,
  shuffles: number,
  random: Random,
): number {
  const patients = [...new Set(items.map(({ record }) => record.patient))].sort();
  const index = new Map(patients.map((patient, i) => [patient, i]));
  const member = new Array<boolean>(patients.length).fill(false);
  for (const [i, { record }] of items.entries()) member[index.get(record.patient)!] ||= inside[i]!;
  let asFar = 1;
  for (let round = 0; round < shuffles; round++) {
    const order = permutation(random, patients.length);
    const shuffled = items.map(({ record }) => member[order[index.get(record.patient)!]!]!);
    if (distanceOf(items, shuffled) >= distance) asFar++;
  }
  return asFar / (shuffles + 1);
}
