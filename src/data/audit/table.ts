import { counted } from '../../base/names.js';
import type { AuditReport } from './audit.js';
import { isLeak } from './checks/check.js';

/**
 * Formats a report as text: a table of checks, the first `shown` findings of each, leaks between splits
 * before all others, what to do, and what they miss.
 */
export function auditTable(report: AuditReport, shown = 5): string {
  const sets = report.datasets.map(
    ({ name, images, parts, unreadable, doubt }) =>
      `${name}: ${counted(images, parts?.unit ?? 'image')}${parts ? ` of ${counted(parts.of, 'image')}` : ''}${unreadable > 0 ? `, ${unreadable} unreadable` : ''}${doubt === undefined ? '' : `; ${doubt}`}`,
  );
  const header = ['check', 'errors', 'warnings', 'notes'];
  const rows = report.checks.map(({ name, errors, warnings, notes }) =>
    [name, errors, warnings, notes].map(String),
  );
  const widths = header.map((title, c) => Math.max(title.length, ...rows.map((row) => row[c]!.length)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join('  ');
  const details = [true, false].flatMap((areLeaks) =>
    report.checks.flatMap(({ name }) => {
      const own = report.findings.filter(({ check }) => check === name);
      const found = own.filter((finding) => isLeak(finding) === areLeaks);
      if (found.length === 0) return [];
      const more = found.length > shown ? [`  and ${found.length - shown} more`] : [];
      const title = areLeaks || found.length === own.length ? name : `${name}, others`;
      return ['', title, ...found.slice(0, shown).map(tell), ...more];
    }),
  );
  const missed = report.checks.flatMap(({ name, misses }) =>
    misses === undefined ? [] : `${name} misses ${misses}`,
  );
  const remedies = [...new Set(report.checks.flatMap(({ remedy }) => remedy ?? []))];
  const closing = [...remedies, ...missed];
  const limits = closing.length > 0 ? ['', ...closing] : [];
  return [...sets, '', line(header), ...rows.map(line), ...details, ...limits].join('\n');
}

function tell({ severity, message, images, score }: AuditReport['findings'][number]): string {
  const named = images
    .slice(0, 3)
    .map(({ dataset, id, split }) => `${dataset}/${id}${split ? ` (${split})` : ''}`);
  const others = images.length > 3 ? ` and ${images.length - 3} more` : '';
  const strength = score === undefined ? '' : ` [${Number(score.toFixed(3))}]`;
  const of = named.length === 0 ? '' : `: ${named.join(', ')}`;
  return `  ${severity}: ${message}${of}${others}${strength}`;
}
