import {
  baselineLines,
  type Column,
  cautions,
  columnsOf,
  explainedText,
  marksOf,
  orderedMethods,
  readingLines,
  saysNothing,
  shownIn,
  testText,
  trustLines,
  tunedLines,
  verdict,
} from '../benchmark/conclusions.js';
import { methodNotes, skippedLines } from '../benchmark/method-notes.js';
import type { BenchmarkResult, SummaryRow } from '../benchmark/rows.js';
import { sum } from '../benchmark/seconds.js';
import { textTable } from './wrap.js';

/** A benchmark's result as text: the conclusion, the score table, and durations. */
export function resultLines(result: BenchmarkResult, reporting: number): string[] {
  const { task, chosen, skipped, summary, images } = result;
  return [
    ...cautions(result),
    `${task}: ${images.train} training, ${images.validation} validation, ${images.test} test images`,
    ...readingLines(result),
    `test ${testText(chosen)}`,
    explainedText(chosen),
    '',
    ...scoreLines(summary, saysNothing(result)),
    '',
    'mean scores; * the best of its column as shown, none that does worse than the best baseline or lies below chance; ~ a model-free baseline; ! undefined for some images; ? a metric that says nothing here',
    ...verdict(result),
    ...trustLines(result),
    ...result.metricNotes,
    ...tunedLines(result),
    ...methodNotes(result.methods),
    ...baselineLines(result),
    ...skippedLines(skipped),
    '',
    ...timeLines(result, reporting),
  ];
}

function scoreLines(summary: readonly SummaryRow[], nothing: ReadonlyMap<string, string>): string[] {
  const columns = columnsOf(summary);
  // One line for each word, so that the table fits a terminal; one character wider than the numbers, for
  // their mark.
  const heads = columns.map(
    ({ metric, direction }) =>
      `${metric.replaceAll('-', '-\n')}${arrows[direction]}${nothing.has(metric) ? '?' : ' '}`,
  );
  const rows = orderedMethods(summary).map(([method, own]) => [
    own[0]!.family === 'baseline' ? `~ ${method}` : method,
    ...columns.map((column) => {
      const row = own.find((one) => one.metric === column.metric);
      return row ? cell(row, column, nothing.has(column.metric)) : '';
    }),
  ]);
  const chance = columns.map((column) =>
    column.chance === null ? '' : `${shownIn(column, column.chance)} `,
  );
  const last = chance.some((text) => text !== '') ? [['(chance)', ...chance]] : [];
  return textTable(['method', ...heads], [...rows, ...last]);
}

const arrows = { higher: ' ↑', lower: ' ↓', none: '' };

function cell(row: SummaryRow, column: Column, nothing: boolean): string {
  if (row.mean === null) return 'undefined ';
  const { best, partly } = marksOf(row, column);
  return `${partly ? '!' : ''}${shownIn(column, row.mean)}${best && !nothing ? '*' : ' '}`;
}

function timeLines({ seconds }: BenchmarkResult, report: number): string[] {
  const stages: [string, number, string][] = [
    ['prepare', seconds.prepare, ''],
    ['train', seconds.train, ''],
    ['test', seconds.test, ''],
    ['explain', sum(seconds.explain), longest(seconds.explain)],
    ['score', sum(seconds.score), longest(seconds.score)],
    ['statistics', seconds.statistics, ''],
    ['report', report, ''],
  ];
  const all = stages.reduce((total, [, own]) => total + own, 0);
  return textTable(
    ['stage', 'seconds', 'most of it'],
    [...stages, ['all', all, ''] as const].map(([stage, own, most]) => [stage, own.toFixed(1), most]),
  );
}

const longest = (parts: Readonly<Record<string, number>>) =>
  Object.entries(parts)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 3)
    .map(([name, own]) => `${name} ${own.toFixed(1)}`)
    .join(', ');
