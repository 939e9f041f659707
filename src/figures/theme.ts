import type { Figure, Layout, Trace } from './figure.js';

/** Colours that colour-blind readers can tell apart (Okabe & Ito 2008), in order of use. */
export const PALETTE = [
  '#0072B2',
  '#D55E00',
  '#009E73',
  '#CC79A7',
  '#E69F00',
  '#56B4E9',
  '#5E4B8B',
  '#1A1A1A',
] as const;

export const INK = '#1F2933';
export const SOFT_INK = '#52606D';
export const GREY = '#8A94A0';
export const RULE = '#C3CAD2';
export const GRID = '#E8EBEF';

/** Colour of boxes: bright on dark images, and outlined to show on bright ones. */
export const BOX = '#00E5A8';
export const BOX_HALO = 'rgba(0, 0, 0, 0.55)';

export const FONT =
  'Inter, "Source Sans 3", "Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif';

const axis = {
  showline: true,
  linecolor: RULE,
  linewidth: 1,
  gridcolor: GRID,
  gridwidth: 1,
  zeroline: false,
  ticks: 'outside',
  tickcolor: RULE,
  ticklen: 4,
  tickfont: { size: 12, color: SOFT_INK },
  title: { font: { size: 13, color: INK }, standoff: 10 },
  automargin: true,
};

/** An axis in the common style, titled `title`. */
export const styledAxis = ({
  title,
  ...own
}: { readonly title?: string } & Readonly<Record<string, unknown>>) => ({
  ...axis,
  title: { ...axis.title, text: title ?? '' },
  ...own,
});

/** An axis of image pixels, without line and ticks. */
export const pixelAxis = (own: Readonly<Record<string, unknown>>) => ({
  visible: false,
  showgrid: false,
  zeroline: false,
  constrain: 'domain',
  ...own,
});

/** A figure in the common style: white background, one font, light grid, title on the left. */
export function themed(data: readonly Trace[], { title, ...layout }: Layout & { title?: string }): Figure {
  return {
    data,
    layout: {
      font: { family: FONT, size: 13, color: INK },
      paper_bgcolor: '#FFFFFF',
      plot_bgcolor: '#FFFFFF',
      colorway: [...PALETTE],
      margin: { l: 16, r: 16, t: title ? 48 : 16, b: 16 },
      hoverlabel: { font: { family: FONT, size: 12 } },
      ...(title
        ? {
            title: {
              text: escaped(title),
              x: 0,
              xref: 'paper',
              xanchor: 'left',
              yref: 'container',
              y: 1,
              yanchor: 'top',
              pad: { t: 16 },
              font: { size: 16, color: INK, weight: 600 },
            },
          }
        : {}),
      ...layout,
    },
  };
}

/** A text at a position in fractions of the drawing area, or on the axes that `own` names. */
export const note = (text: string, x: number, y: number, own: Readonly<Record<string, unknown>>) => ({
  ...{ text, x, y, xref: 'paper', yref: 'paper', xanchor: 'left', showarrow: false },
  ...own,
});

/** A legend in a line above the traces. */
export const LEGEND = {
  ...{ orientation: 'h', x: 0, y: 1, xanchor: 'left', yanchor: 'bottom' },
  font: { family: FONT, size: 12, color: SOFT_INK },
};

/** An axis with a name at each whole number, from the top down. */
export const namedRows = (names: readonly string[], own: Readonly<Record<string, unknown>>) =>
  styledAxis({
    range: [names.length - 0.3, -0.7],
    tickvals: names.map((_, i) => i),
    ticktext: names,
    showline: false,
    ticklen: 0,
    automargin: false,
    ...own,
  });

/** Plotly interprets a few HTML tags in texts; this escapes names that come from data. */
export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
