import type { Figure, Trace } from './figure.js';
import { escaped, GRID, INK, LEGEND, namedRows, PALETTE, SOFT_INK, styledAxis, themed } from './theme.js';

/** Relevance that one node received and passed on, by sample. */
export interface NodeFlow {
  readonly node: string;
  readonly operator: string;
  readonly received: readonly number[];
  readonly passed: readonly number[];
}

export interface ConservationOptions {
  readonly title?: string;
  /** Index of the sample. */
  readonly sample?: number;
  /** Width of the drawing area in pixels. */
  readonly size?: number;
}

const ROW = 20;
const LETTER = 6.5;

/**
 * Relevance from the output (top) to the input: a dot for what each node received, a bar for what it kept.
 * The bars add up to the map's residual.
 */
export function conservationFigure(
  nodes: readonly NodeFlow[],
  { title, sample = 0, size = 460 }: ConservationOptions = {},
): Figure {
  const at = nodes.map((_, i) => i);
  const received = nodes.map((node) => node.received[sample]!);
  const kept = nodes.map((node, i) => received[i]! - node.passed[sample]!);
  const names = nodes.map(({ node, operator }) => `${node} (${operator})`);
  const left = Math.min(320, LETTER * Math.max(0, ...names.map(({ length }) => length)) + 16);
  const [top, height] = [(title ? 48 : 16) + 24, nodes.length * ROW + 8];
  const text = names.map(escaped);
  const dots: Trace = {
    ...{ type: 'scatter', mode: 'lines+markers', name: 'received', x: received, y: at, text },
    line: { color: GRID, width: 1.5 },
    marker: { color: PALETTE[0], size: 8 },
    hovertemplate: '%{text}<br>received %{x:.4~g}<extra></extra>',
  };
  const bars: Trace = {
    ...{ type: 'bar', orientation: 'h', name: 'kept', x: kept, y: at, text, width: 0.55 },
    textposition: 'none',
    marker: { color: PALETTE[1] },
    hovertemplate: '%{text}<br>kept %{x:.4~g}<extra></extra>',
  };
  return themed([bars, dots], {
    title,
    width: size + left + 16,
    height: height + top + 56,
    margin: { l: left, r: 16, t: top, b: 56 },
    showlegend: true,
    legend: LEGEND,
    xaxis: styledAxis({ title: 'relevance', zeroline: true, zerolinecolor: SOFT_INK, zerolinewidth: 1 }),
    yaxis: namedRows(text, { tickfont: { size: 11, color: INK }, showgrid: false }),
  });
}
