import { type ColourMap, plotlyScale } from './colours.js';
import type { Trace } from './figure.js';
import { escaped, note, RULE, SOFT_INK } from './theme.js';

export interface ColourBar {
  readonly colours: ColourMap;
  /** The value of the strongest colour; a diverging bar ends at its negative. */
  readonly scale: number;
  /** Whether larger values have the strongest colour too. */
  readonly clipped?: boolean;
  /** Length in pixels; the bar is beside the drawing area, centred vertically. */
  readonly length: number;
}

const ENDS: Readonly<Record<number, string>> = { 1: '≥ ', [-1]: '≤ ' };

/** An empty trace that carries a colour bar. */
export function colourBar({ colours, scale, clipped = false, length }: ColourBar): Trace {
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
        ticktext: ticks.map((tick) => `${clipped ? (ENDS[tick] ?? '') : ''}${number(tick * scale)}`),
        tickfont: { size: 11, color: SOFT_INK },
        ticks: 'outside',
        ticklen: 3,
        tickcolor: RULE,
      },
    },
  };
}

/** Width of a colour bar with its title, in pixels. */
export const BAR_WIDTH = 104;

/** Width of a letter of the title, in pixels. */
const LETTER = 6.5;

/** The title of a colour bar, upwards beside it; in two lines where so many pixels hold no more. */
export const colourBarTitle = (text: string, tall: number) => {
  const lines = LETTER * text.length > tall ? text.split(/(?<=,) /) : [text];
  return note(lines.map(escaped).join('<br>'), 1, 0.5, {
    ...{ textangle: -90, xanchor: 'center', yanchor: 'middle', xshift: BAR_WIDTH - 16 },
    font: { size: 12, color: SOFT_INK },
  });
};

/** Two significant digits, with a true minus sign. */
function number(value: number): string {
  const short = Number(value.toPrecision(2));
  const size = Math.abs(short);
  const text = size !== 0 && (size < 1e-3 || size >= 1e5) ? size.toExponential() : String(size);
  return (short < 0 ? '−' : '') + text.replace('e-', 'e−').replace('e+', 'e');
}
