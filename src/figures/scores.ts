import type { Figure, Trace } from './figure.js';
import {
  escaped,
  GREY,
  GRID,
  INK,
  namedRows,
  note,
  PALETTE,
  RULE,
  SOFT_INK,
  styledAxis,
  themed,
} from './theme.js';

/** One method's mean score by one metric, with its confidence interval. */
export interface ScoreRow {
  readonly method: string;
  readonly metric: string;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  /** Whether it is a model-free baseline. */
  readonly baseline?: boolean;
}

export interface ScoreOptions {
  readonly title?: string;
  /** Whether higher values of a metric are better; `none` draws no best baseline. */
  readonly directions?: Readonly<Record<string, 'higher' | 'lower' | 'none'>>;
  /** Width of a metric's panel in pixels; more where a metric's name is longer. */
  readonly size?: number;
  /** Panels in one row; all by default. */
  readonly columns?: number;
}

const ROW = 22;
const GAP = 28;
/** Height of a panel's heading, of two lines, and the vertical distance between panels, with their ticks. */
const HEADING = 38;
const BETWEEN = 40 + HEADING;
const SIDE = 16;
const LETTER = 7;
const BOLD_LETTER = 8;

/**
 * A panel for each metric with methods as rows and dots with confidence intervals. Rows are sorted by the
 * first metric, best on top; baselines are grey, and a dashed line marks the best of them. Undefined scores
 * are labelled as such.
 */
export function scoresFigure(
  rows: readonly ScoreRow[],
  { title, directions = {}, size: least = 300, columns = Number.POSITIVE_INFINITY }: ScoreOptions = {},
): Figure {
  const metrics = [...new Set(rows.map(({ metric }) => metric))];
  const size = Math.max(least, ...metrics.map((metric) => BOLD_LETTER * metric.length));
  const methods = ordered(rows, metrics[0], directions[metrics[0] ?? '']);
  const names = Math.min(260, LETTER * Math.max(0, ...methods.map((name) => name.length)) + 16);
  const across = Math.min(columns, metrics.length);
  const down = Math.ceil(metrics.length / across) || 1;
  const tall = methods.length * ROW + 8;
  const [width, height] = [across * size + (across - 1) * GAP, down * tall + (down - 1) * BETWEEN];
  const places = metrics.map((_, i) => {
    const left = (i % across) * (size + GAP);
    const above = Math.floor(i / across) * (tall + BETWEEN);
    return {
      x: [left / width, (left + size) / width] as const,
      y: [1 - (above + tall) / height, 1 - above / height] as const,
      first: i % across === 0,
    };
  });
  const panels = metrics.map((metric, i) => {
    const own = rows.filter((row) => row.metric === metric);
    return panel(own, methods, i, places[i]!, directions[metric] ?? 'higher');
  });
  const top = (title ? 48 : SIDE) + HEADING;
  const known = rows.some(({ baseline }) => baseline);
  const bottom = known ? 60 : 36;
  return themed(
    panels.flatMap(({ traces }) => traces),
    {
      title,
      width: width + names + SIDE,
      height: height + top + bottom,
      margin: { l: names, r: SIDE, t: top, b: bottom },
      showlegend: false,
      annotations: [
        ...metrics.map((metric, i) => heading(metric, directions[metric], places[i]!.x[0], places[i]!.y[1])),
        ...panels.flatMap(({ annotations }) => annotations),
        ...(known ? [footnote(panels.some(({ shapes }) => shapes.length > 0))] : []),
      ],
      shapes: panels.flatMap(({ shapes }) => shapes),
      ...Object.assign({}, ...panels.map(({ axes }) => axes)),
    },
  );
}

/** The area of a metric's panel, as fractions of the drawing area. */
interface PanelArea {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  /** True for the leftmost panel, which shows the names of the methods. */
  readonly first: boolean;
}

function panel(
  rows: readonly ScoreRow[],
  methods: readonly string[],
  index: number,
  { x, y, first }: PanelArea,
  direction: 'higher' | 'lower' | 'none',
) {
  const suffix = index === 0 ? '' : String(index + 1);
  const [xaxis, yaxis] = [`x${suffix}`, `y${suffix}`];
  const scored = rows.filter((row) => Number.isFinite(row.value));
  const marks = [false, true].map((baseline) => {
    const own = scored.filter((row) => (row.baseline ?? false) === baseline);
    return dots(own, methods, baseline, { xaxis, yaxis });
  });
  const lost = rows.filter((row) => !Number.isFinite(row.value));
  const known = scored.filter((row) => row.baseline).map(({ value }) => value);
  const best = direction === 'lower' ? Math.min(...known) : Math.max(...known);
  return {
    traces: marks,
    shapes: direction !== 'none' && known.length > 0 ? [level(best, xaxis, yaxis)] : [],
    annotations: lost.map(({ method }) => undefinedAt(methods.indexOf(method), xaxis, yaxis)),
    axes: {
      [`xaxis${suffix}`]: styledAxis({ domain: x, anchor: yaxis, nticks: 6, showline: false, ticklen: 0 }),
      [`yaxis${suffix}`]: namedRows(
        methods.map((method) => (first ? escaped(method) : '')),
        {
          ...{ domain: y, anchor: xaxis, gridcolor: GRID, griddash: 'dot' },
          tickfont: { size: 12, color: INK },
        },
      ),
    },
  };
}

function dots(
  rows: readonly ScoreRow[],
  methods: readonly string[],
  baseline: boolean,
  axes: { readonly xaxis: string; readonly yaxis: string },
): Trace {
  const colour = baseline ? GREY : PALETTE[0];
  const reach = (row: ScoreRow, end: number | undefined) =>
    Number.isFinite(end) ? Math.abs(end! - row.value) : 0;
  return {
    type: 'scatter',
    mode: 'markers',
    ...axes,
    x: rows.map(({ value }) => value),
    y: rows.map(({ method }) => methods.indexOf(method)),
    text: rows.map(describe),
    hovertemplate: '%{text}<extra></extra>',
    error_x: {
      type: 'data',
      symmetric: false,
      array: rows.map((row) => reach(row, row.high)),
      arrayminus: rows.map((row) => reach(row, row.low)),
      color: colour,
      thickness: 1.5,
      width: 0,
    },
    marker: {
      size: 9,
      color: baseline ? '#FFFFFF' : colour,
      line: { color: baseline ? colour : '#FFFFFF', width: baseline ? 1.5 : 1 },
    },
  };
}

const describe = ({ method, value, low, high }: ScoreRow) =>
  `${escaped(method)}: ${value.toFixed(3)}${low !== undefined && high !== undefined ? ` (${low.toFixed(3)} to ${high.toFixed(3)})` : ''}`;

const level = (value: number, xref: string, y: string) => ({
  type: 'line',
  xref,
  yref: `${y} domain`,
  x0: value,
  x1: value,
  y0: 0,
  y1: 1,
  layer: 'below',
  line: { color: RULE, width: 1.5, dash: 'dash' },
});

const undefinedAt = (y: number, x: string, yref: string) =>
  note('undefined', 0, y, { xref: `${x} domain`, yref, bgcolor: '#FFFFFF', font: { size: 11, color: GREY } });

const ARROWS = { higher: 'higher is better', lower: 'lower is better', none: '' } as const;

const heading = (metric: string, direction: keyof typeof ARROWS = 'none', x: number, y: number) =>
  note(`<b>${escaped(metric)}</b><br><span style="color:${SOFT_INK}">${ARROWS[direction]}</span>`, x, y, {
    ...{ yanchor: 'bottom', xshift: -2, yshift: 4 },
    font: { size: 12, color: INK },
  });

const footnote = (isBestDrawn: boolean) =>
  note(`Grey: model-free baselines.${isBestDrawn ? ' Dashed: the best of them.' : ''}`, 0, 0, {
    ...{ yanchor: 'top', xshift: -2, yshift: -32 },
    font: { size: 11, color: SOFT_INK },
  });

/** Methods sorted by a metric, best first; methods without a score come last, in the given order. */
function ordered(rows: readonly ScoreRow[], metric: string | undefined, direction = 'higher'): string[] {
  const sign = direction === 'lower' ? 1 : -1;
  const rank = (method: string) => {
    const value = rows.find((row) => row.method === method && row.metric === metric)?.value;
    return value === undefined || Number.isNaN(value) ? Infinity : sign * value;
  };
  const ranks = new Map(rows.map(({ method }) => [method, rank(method)]));
  return [...ranks.keys()].sort((a, b) => {
    const [first, second] = [ranks.get(a)!, ranks.get(b)!];
    return first === second ? 0 : first - second;
  });
}
