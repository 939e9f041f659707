import { line, round, svg, text } from './svg.js';
import { GRID, INK, PALETTE, SOFT_INK } from './theme.js';

/** A table of counts, some of which are a part of each. */
export interface EvidenceTable {
  /** The rows' names, from the top. */
  readonly rows: readonly string[];
  /** The columns' names, from the left. */
  readonly columns: readonly string[];
  /** The cells that are not empty: the count, and the part of it that is drawn within. */
  readonly cells: readonly {
    readonly row: string;
    readonly column: string;
    readonly count: number;
    readonly compared: number;
  }[];
}

/** What an evidence map says of itself. */
export interface EvidenceOptions {
  /** The title. */
  readonly title?: string;
  /** What is counted. */
  readonly counted?: string;
  /** What the part within is. */
  readonly part?: string;
}

const [WIDTH, SIDE, CELL, GAP, LEGEND, CHARACTER] = [880, 12, 23, 2, 46, 6.4] as const;
const [WHOLE, PART] = [PALETTE[0], PALETTE[1]] as const;

/**
 * An evidence map as SVG: a cell for each count, the darker the more; a bar at its foot is as long as the
 * part of the works that compare with experts, whose number stands in brackets.
 */
export function evidenceSvg({ rows, columns, cells }: EvidenceTable, options: EvidenceOptions = {}): string {
  const { title, counted = 'works', part = 'of them compared with experts' } = options;
  const left = SIDE + CHARACTER * Math.max(...rows.map((row) => row.length)) + 12;
  const step = (WIDTH - SIDE - left) / columns.length;
  const slanted = columns.some((column) => column.length * CHARACTER > step);
  const head = slanted ? 12 + 0.72 * CHARACTER * Math.max(...columns.map(({ length }) => length)) : 18;
  const top = (title === undefined ? 8 : 34) + LEGEND + head;
  const [x, y] = [(i: number) => left + step * (i + 0.5), (i: number) => top + CELL * (i + 0.5)];
  const most = Math.max(...cells.map(({ count }) => count));
  const heads = columns.map((column, i) =>
    slanted
      ? text(
          x(i) - 4,
          top - 8,
          column,
          'start',
          SOFT_INK,
          ` transform="rotate(-40 ${round(x(i) - 4)} ${round(top - 8)})"`,
        )
      : text(x(i), top - 8, column, 'middle', SOFT_INK),
  );
  const names = rows.flatMap((row, i) => [
    line(left, top + CELL * (i + 1), WIDTH - SIDE, top + CELL * (i + 1), GRID),
    text(left - 10, y(i) + 4, row, 'end', INK),
  ]);
  const width = step - GAP;
  const filled = cells.map(({ row, column, count, compared }) => {
    const [cx, cy] = [x(columns.indexOf(column)), y(rows.indexOf(row))];
    const [from, above] = [cx - width / 2, cy - (CELL - GAP) / 2];
    const label = compared === 0 ? String(count) : `${count} (${compared})`;
    return [
      rect(from, above, width, CELL - GAP, WHOLE, 0.08 + 0.42 * Math.sqrt(count / most)),
      ...(compared === 0 ? [] : [rect(from, above + CELL - GAP - 4, (width * compared) / count, 4, PART, 1)]),
      text(cx, cy + 3, label, 'middle', INK),
    ].join('');
  });
  const key = top - head - LEGEND + 12;
  const legend = [
    rect(SIDE, key, 18, 14, WHOLE, 0.3) + text(SIDE + 26, key + 11, counted, 'start', SOFT_INK),
    rect(SIDE + 108, key + 10, 18, 4, PART, 1) + text(SIDE + 134, key + 11, `(${part})`, 'start', SOFT_INK),
  ];
  return svg(WIDTH, Math.ceil(top + CELL * rows.length + 10), [
    title === undefined ? '' : text(SIDE, 22, title, 'start', INK, ' font-size="15" font-weight="600"'),
    ...legend,
    ...heads,
    ...names,
    ...filled,
  ]);
}

const rect = (x: number, y: number, width: number, height: number, colour: string, opacity: number) =>
  `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" fill="${colour}" fill-opacity="${round(opacity)}"/>`;
