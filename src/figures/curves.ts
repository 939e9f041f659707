import type { Figure, Trace } from './figure.js';
import { escaped, LEGEND, PALETTE, styledAxis, themed } from './theme.js';

export interface Series {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly dashed?: boolean;
}

export interface CurveOptions {
  readonly title?: string;
  readonly x?: string;
  readonly y?: string;
  readonly yRange?: readonly [number, number];
  /** Axes with a logarithmic scale; their ranges are given as exponents. */
  readonly log?: 'x' | 'y' | 'both';
  readonly width?: number;
  readonly height?: number;
}

/** Line plots over one pair of axes, each labelled at its end; a NaN leaves a gap. */
export function curvesFigure(
  series: readonly Series[],
  { title, x, y, yRange, log, width = 560, height = 340 }: CurveOptions = {},
): Figure {
  const scale = (axis: 'x' | 'y') => (log === axis || log === 'both' ? POWERS : {});
  const named = series.length > 1;
  return themed(series.map(line), {
    title,
    width,
    height,
    margin: { l: 64, r: 24, t: (title ? 48 : 16) + (named ? 24 : 0), b: 52 },
    showlegend: named,
    legend: LEGEND,
    hovermode: 'x unified',
    xaxis: styledAxis({ title: x && escaped(x), showgrid: false, ...scale('x') }),
    yaxis: styledAxis({ title: y && escaped(y), ...scale('y'), ...(yRange ? { range: yRange } : {}) }),
  });
}

/** One tick for each power of ten. */
const POWERS = { type: 'log', dtick: 1, exponentformat: 'power' };

const line = ({ name, x, y, dashed }: Series, index: number): Trace => ({
  type: 'scatter',
  mode: x.length === 1 ? 'markers' : 'lines',
  name: escaped(name),
  x: [...x],
  y: y.map((value) => (Number.isFinite(value) ? value : null)),
  line: { color: PALETTE[index % PALETTE.length], width: 2, dash: dashed ? 'dash' : 'solid' },
  hovertemplate: '%{y:.4~g}',
});

/** What the training reports for one epoch. */
export interface Epoch {
  readonly epoch: number;
  readonly trainLoss: number;
  readonly validationLoss?: number;
}

/** Training and validation loss by epoch. */
export function lossFigure(history: readonly Epoch[], options: CurveOptions = {}): Figure {
  const x = history.map(({ epoch }) => epoch);
  const validation = history.map(({ validationLoss }) => validationLoss ?? Number.NaN);
  const series: Series[] = [{ name: 'training', x, y: history.map(({ trainLoss }) => trainLoss) }];
  if (validation.some(Number.isFinite)) series.push({ name: 'validation', x, y: validation });
  return curvesFigure(series, { x: 'epoch', y: 'loss', ...options });
}
