import type { Split } from '../record.js';
import type { Manifest, PreparedRow } from './layout.js';
import { readPrepared } from './open.js';

export interface SplitSummary {
  readonly samples: number;
  readonly images: number;
  readonly patients: number;
  /** Samples by class; a multi-label sample counts in several. */
  readonly classes: Readonly<Record<string, number>>;
  readonly withMask: number;
}

/** Five-number summary. */
export interface Summary {
  readonly count: number;
  readonly min: number;
  readonly quartile1: number;
  readonly median: number;
  readonly quartile3: number;
  readonly max: number;
}

export interface BoxSummary {
  readonly width: Summary;
  readonly height: Summary;
  /** Share of the original image's area. */
  readonly areaShare: Summary;
}

export interface Inspection {
  readonly name: string;
  readonly dataset: string;
  readonly task: string;
  readonly image: Manifest['image'];
  readonly multiLabel: boolean;
  /** Whether its only class names a number to predict. */
  readonly regression?: true;
  readonly classes: readonly string[];
  readonly total: SplitSummary;
  readonly splits: Readonly<Record<Split, SplitSummary>>;
  /** By finding, in original pixels. */
  readonly boxes: Readonly<Record<string, BoxSummary>>;
  /** Patients by class. */
  readonly classPatients: Readonly<Record<string, number>>;
  /** Images of the patient with most of them. */
  readonly mostOfPatient: number;
  /** Patients in more than one split; 0 unless the official split is faulty. */
  readonly patientsAcrossSplits: number;
  readonly counts: Manifest['counts'];
  readonly archive: Manifest['archive'];
  readonly problems: Manifest['problems'];
  readonly bytes: number;
  readonly contentHash: string;
}

/** Summarises a prepared set: counts, class balance, box sizes, splits. Throws where `dir` holds none. */
export async function inspectPrepared(dir: string): Promise<Inspection> {
  const { manifest, rows } = await readPrepared(dir);
  const { name, dataset, task, image, multiLabel, regression, classes } = manifest;
  const { counts, archive, problems, contentHash } = manifest;
  const of = (split: Split) =>
    summaryOf(
      rows.filter((row) => row.split === split),
      classes,
    );
  const splitsOf = new Map<string, Set<Split>>();
  for (const { patient, split } of rows) {
    const seen = splitsOf.get(patient);
    if (seen === undefined) splitsOf.set(patient, new Set([split]));
    else seen.add(split);
  }
  return {
    name,
    dataset,
    task,
    image,
    multiLabel,
    ...(regression && { regression }),
    classes,
    total: summaryOf(rows, classes),
    splits: { train: of('train'), validation: of('validation'), test: of('test') },
    boxes: boxSummaries(rows),
    classPatients: Object.fromEntries(
      classes.map((name, index) => [
        name,
        new Set(rows.flatMap(({ labels, patient }) => (labels.includes(index) ? [patient] : []))).size,
      ]),
    ),
    mostOfPatient: mostOfPatient(rows),
    patientsAcrossSplits: [...splitsOf.values()].filter((splits) => splits.size > 1).length,
    counts,
    archive,
    problems,
    bytes: (manifest.rows * image.channels * image.height * image.width * image.bits) / 8,
    contentHash,
  };
}

function summaryOf(rows: readonly PreparedRow[], classes: readonly string[]): SplitSummary {
  const counts = classes.map(() => 0);
  for (const { labels } of rows) for (const label of labels) counts[label]!++;
  return {
    samples: rows.length,
    images: new Set(rows.map(({ image }) => image)).size,
    patients: new Set(rows.map(({ patient }) => patient)).size,
    classes: Object.fromEntries(classes.map((name, index) => [name, counts[index]!])),
    withMask: rows.filter(({ mask }) => mask).length,
  };
}

function mostOfPatient(rows: readonly PreparedRow[]): number {
  const images = new Map<string, Set<string>>();
  for (const { patient, image } of rows)
    images.set(patient, (images.get(patient) ?? new Set<string>()).add(image));
  let most = 0;
  for (const { size } of images.values()) most = Math.max(most, size);
  return most;
}

function boxSummaries(rows: readonly PreparedRow[]): Record<string, BoxSummary> {
  const byLabel = new Map<string, { width: number; height: number; share: number }[]>();
  for (const { boxes, transform } of rows) {
    for (const { label, width, height } of boxes) {
      const share = (width * height) / (transform.originalWidth * transform.originalHeight);
      const known = byLabel.get(label);
      if (known === undefined) byLabel.set(label, [{ width, height, share }]);
      else known.push({ width, height, share });
    }
  }
  return Object.fromEntries(
    [...byLabel].sort().map(([label, sizes]) => [
      label,
      {
        width: fiveNumbers(sizes.map(({ width }) => width)),
        height: fiveNumbers(sizes.map(({ height }) => height)),
        areaShare: fiveNumbers(sizes.map(({ share }) => share)),
      },
    ]),
  );
}

/** Quantiles by linear interpolation. */
function fiveNumbers(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number) => {
    const position = q * (sorted.length - 1);
    const low = Math.floor(position);
    const [a, b] = [sorted[low]!, sorted[Math.min(low + 1, sorted.length - 1)]!];
    return a + (position - low) * (b - a);
  };
  return {
    count: sorted.length,
    min: at(0),
    quartile1: at(0.25),
    median: at(0.5),
    quartile3: at(0.75),
    max: at(1),
  };
}
