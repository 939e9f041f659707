import { counted } from '../../base/names.js';
import { type ArchiveSummary, problemCounts } from '../reformulate/summary.js';
import type { Inspection, SplitSummary } from './inspect.js';
import { problemLines } from './problem-lines.js';

/** Formats an inspection as text. */
export function inspectionTable(found: Inspection): string {
  const { image } = found;
  const split = (name: string, { samples, images, patients, classes, withMask }: SplitSummary) => [
    name,
    samples,
    images,
    patients,
    withMask,
    ...found.classes.map((c) => `${classes[c]} (${percent(classes[c]! / samples)})`),
  ];
  const rows = [
    ['split', 'samples', 'images', 'patients', 'with mask', ...found.classes],
    ...Object.entries(found.splits).map(([name, summary]) => split(name, summary)),
    split('all', found.total),
  ];
  const boxes = Object.entries(found.boxes).map(([label, { width, height, areaShare }]) => [
    label,
    width.count,
    ...[width, height].map(({ min, median, max }) => [min, median, max].map((n) => n.toFixed(0)).join(' / ')),
    [areaShare.min, areaShare.median, areaShare.max].map(percent).join(' / '),
  ]);
  const head = ['boxes of', 'count', 'width (min / median / max)', 'height', 'share of the image'];
  return [
    `${found.name}: ${image.channels}x${image.height}x${image.width}, ${image.bits} bits, ${image.fit}, ${(found.bytes / 2 ** 20).toFixed(1)} MiB, ${found.contentHash.slice(0, 12)}`,
    '',
    ...archiveLines(found.dataset, found.archive),
    '',
    aligned(rows),
    ...(boxes.length > 0 ? ['', aligned([head, ...boxes])] : []),
    '',
    ...Object.entries(found.counts).map(([what, count]) => `${what}: ${count}`),
    `patients in several splits: ${found.patientsAcrossSplits}`,
    `problems: ${found.problems.length}${kinds(problemCounts(found.problems))}`,
    ...problemLines(found.problems, (id) => id),
  ].join('\n');
}

const kinds = (counts: Readonly<Record<string, number>>): string =>
  Object.keys(counts).length === 0
    ? ''
    : ` (${Object.entries(counts)
        .map(([kind, count]) => `${count} ${kind}`)
        .join(', ')})`;

const usual = ['images', 'boxes', 'regions'] as const;

/** Formats an archive's image counts and findings as text lines. */
export function archiveLines(name: string, { images, patients, findings }: ArchiveSummary): string[] {
  const all = Object.entries(findings);
  const columns = all.some(([, { unusable }]) => unusable > 0) ? [...usual, 'unusable' as const] : usual;
  const rows = all.map(([finding, of]) => [finding, ...columns.map((column) => of[column])]);
  return [
    `${name}: ${counted(images, 'image')} of ${counted(patients, 'patient')}`,
    ...(rows.length > 0 ? aligned([['finding', ...columns], ...rows]).split('\n') : []),
  ];
}

const percent = (share: number) => (Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : '-');

function aligned(rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map(String));
  const widths = cells[0]!.map((_, c) => Math.max(...cells.map((row) => row[c]!.length)));
  return cells
    .map((row) =>
      row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join('  '),
    )
    .join('\n');
}
