import type { Figure } from './figure.js';
import { FONT, INK, namedRows, styledAxis, themed } from './theme.js';

/** Rank correlations of every two metrics. */
export interface Agreement {
  /** Names, in the order of rows and columns. */
  readonly metrics: readonly string[];
  /** Kendall's tau, `[row][column]`; NaN where a metric scores all methods alike. */
  readonly taus: readonly (readonly number[])[];
}

const CELL = 46;
const LETTER = 7;
/** Against, no relation, agreement. */
const SCALE = [
  [0, '#B2182B'],
  [0.5, '#FFFFFF'],
  [1, '#2166AC'],
];

/** A matrix of how far every two metrics rank methods alike: 1 the same, 0 unrelated, -1 turned round. */
export function agreementFigure({ metrics, taus }: Agreement, { title }: { title?: string } = {}): Figure {
  const names = LETTER * Math.max(0, ...metrics.map((name) => name.length)) + 20;
  const side = metrics.length * CELL;
  const labels = taus.flatMap((row, i) =>
    row.map((tau, j) => ({
      x: j,
      y: i,
      text: Number.isFinite(tau)
        ? tau
            .toFixed(2)
            .replace(/^-(0\.00)$/, '$1')
            .replace('-', '−')
        : '',
      showarrow: false,
      font: { family: FONT, size: 11, color: Math.abs(tau) > 0.6 ? '#FFFFFF' : INK },
    })),
  );
  const trace = {
    type: 'heatmap',
    z: taus.map((row) => row.map((tau) => (Number.isFinite(tau) ? tau : null))),
    ...{ zmin: -1, zmax: 1, colorscale: SCALE, xgap: 1, ygap: 1 },
    ...{ hovertemplate: "%{z:.2f}<extra>Kendall's tau</extra>", showscale: false },
  };
  // Without a title, room for the tools that show when the pointer is over the figure.
  const top = title ? 48 : 36;
  return themed([trace], {
    ...(title && { title }),
    width: side + names + 32,
    height: side + names + top,
    margin: { l: names, r: 32, t: top, b: names },
    annotations: labels,
    xaxis: styledAxis({
      range: [-0.5, metrics.length - 0.5],
      tickvals: metrics.map((_, i) => i),
      ticktext: [...metrics],
      ...{ tickangle: 90, showgrid: false, showline: false, ticklen: 0, automargin: false },
    }),
    yaxis: namedRows(metrics, { range: [metrics.length - 0.5, -0.5], showgrid: false }),
  });
}
