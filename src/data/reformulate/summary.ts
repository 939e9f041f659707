import { type Archive, type Box, isFurtherPart, type Problem, type Region } from '../record.js';
import { findingsOf } from './findings.js';

/** Counts of one finding in an archive. */
export interface FindingSummary {
  /** Images that show it. */
  readonly images: number;
  /** Boxes and regions that mark it, as annotated: several outlines of one annotation are one. */
  readonly boxes: number;
  readonly regions: number;
  /** Those without area or outside their image. */
  readonly unusable: number;
}

/** Counts of an archive, before reformulation. */
export interface ArchiveSummary {
  readonly images: number;
  readonly patients: number;
  readonly findings: Readonly<Record<string, FindingSummary>>;
}

export function summarise({ records, findings, problems }: Archive): ArchiveSummary {
  const shown = records.map(findingsOf);
  const lost = problems.filter(({ kind }) => kind === 'degenerate' || kind === 'outside');
  const summaryOf = (name: string): FindingSummary => {
    const aside = lost.filter(({ place }) => place?.label === name && !place.part);
    const isOne = (one: Box | Region) => one.label === name && !('kind' in one && isFurtherPart(one));
    const count = (places: 'boxes' | 'regions', kind: 'box' | 'region') =>
      records.reduce((sum, record) => sum + record[places].filter(isOne).length, 0) +
      aside.filter(({ place }) => place!.kind === kind).length;
    return {
      images: shown.filter((all) => all.has(name)).length,
      boxes: count('boxes', 'box'),
      regions: count('regions', 'region'),
      unusable: aside.length,
    };
  };
  return {
    images: records.length,
    patients: new Set(records.map(({ patient }) => patient)).size,
    findings: Object.fromEntries(findings.map((name) => [name, summaryOf(name)])),
  };
}

/** Problems by kind. Problems without a kind, found while reading images, count as `unreadable`. */
export function problemCounts(problems: readonly Problem[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { kind = 'unreadable' } of problems) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
