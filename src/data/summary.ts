import type { Archive, Problem } from './record.js';
import { findingsOf } from './reformulate/findings.js';

/** An archive in numbers, before any task is made of it. */
export interface ArchiveSummary {
  readonly images: number;
  readonly patients: number;
  /** By finding: images that show it, and the boxes and exact regions that mark it. */
  readonly findings: Readonly<
    Record<string, { readonly images: number; readonly boxes: number; readonly regions: number }>
  >;
}

export function summarise({ records, findings }: Archive): ArchiveSummary {
  const shown = records.map(findingsOf);
  const count = (places: 'boxes' | 'regions', name: string) =>
    records.reduce((sum, record) => sum + record[places].filter(({ label }) => label === name).length, 0);
  return {
    images: records.length,
    patients: new Set(records.map(({ patient }) => patient)).size,
    findings: Object.fromEntries(
      findings.map((name) => [
        name,
        {
          images: shown.filter((all) => all.has(name)).length,
          boxes: count('boxes', name),
          regions: count('regions', name),
        },
      ]),
    ),
  };
}

/** How many problems there are of each kind; those that are met while images are read have none of their own. */
export function problemCounts(problems: readonly Problem[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { kind = 'unreadable' } of problems) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
