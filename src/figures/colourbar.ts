import { type ColourMap, plotlyScale } from './colours.js';
import type { Trace } from './figure.js';
import { RULE, SOFT_INK } from './theme.js';

export interface ColourBar {
  readonly colours: ColourMap;
  readonly title: string;
  /** What stands at the strongest colour, and with the opposite sign at the other end of a diverging bar. */
  readonly scale: number;
  /** Its length in pixels, and its place from the drawing area's upper right corner, which it shares. */
  readonly length: number;
}

/** An empty trace that carries a colour bar. */
export function colourBar({ colours, title, scale, length }: ColourBar): Trace {
  const low = colours === 'diverging' ? -1 : 0;
  const ticks = colours === 'diverging' ? [-1, -0.5, 0, 0.5, 1] : [0, 0.25, 0.5, 0.75, 1];
  return {
    type: 'scatter',
    mode: 'markers',
    x: [null],
    y: [null],
    showlegend: false,
    hoverinfo: 'skip',
    marker: {
      color: [0],
      cmin: low,
      cmax: 1,
      colorscale: plotlyScale(colours),
      showscale: true,
      colorbar: {
        title: { text: title, side: 'right', font: { size: 12, color: SOFT_INK } },
        thickness: 12,
        lenmode: 'pixels',
        len: length,
        x: 1,
        xanchor: 'left',
        xpad: 12,
        y: 0.5,
        ypad: 0,
        outlinecolor: RULE,
        outlinewidth: 0.5,
        tickvals: ticks,
        ticktext: ticks.map((tick) => number(tick * scale)),
        tickfont: { size: 11, color: SOFT_INK },
        ticks: 'outside',
        ticklen: 3,
        tickcolor: RULE,
      },
    },
  };
}

/** Two digits that count, with a true minus sign. */
function number(value: number): string {
  const short = Number(value.toPrecision(2));
  const size = Math.abs(short);
  const text =
    size !== 0 && (size < 1e-3 || size >= 1e5) ? size.toExponential().replace('e', 'e') : String(size);
  return (short < 0 ? '−' : '') + text.replace('e-', 'e−').replace('e+', 'e');
}
