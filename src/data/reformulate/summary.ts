import type { Archive, Problem } from '../record.js';
import { findingsOf } from './findings.js';

/** What an archive says of a finding. */
export interface FindingSummary {
  /** Images that show it. */
  readonly images: number;
  /** Boxes and exact regions that mark it, as annotated. */
  readonly boxes: number;
  readonly regions: number;
  /** Those of them that are of no use, having no area or lying outside of their image. */
  readonly unusable: number;
}

/** An archive in numbers, before any task is made of it. */
export interface ArchiveSummary {
  readonly images: number;
  readonly patients: number;
  readonly findings: Readonly<Record<string, FindingSummary>>;
}

export function summarise({ records, findings, problems }: Archive): ArchiveSummary {
  const shown = records.map(findingsOf);
  const lost = problems.filter(({ kind }) => kind === 'degenerate' || kind === 'outside');
  const summaryOf = (name: string): FindingSummary => {
    const aside = lost.filter(({ place }) => place?.label === name);
    const count = (places: 'boxes' | 'regions', kind: 'box' | 'region') =>
      records.reduce((sum, record) => sum + record[places].filter(({ label }) => label === name).length, 0) +
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

/**
 * How many problems there are of each kind; those that are met while images are read have none of their own.
 */
export function problemCounts(problems: readonly Problem[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { kind = 'unreadable' } of problems) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
