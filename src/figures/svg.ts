import { FONT } from './theme.js';

/** A figure of `parts` on white, as the text of an SVG file. */
export const svg = (width: number, height: number, parts: readonly string[]): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${escaped(FONT)}" font-size="12" role="img">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');

/** To a hundredth of a pixel. */
export const round = (value: number) => Math.round(value * 100) / 100;

export const line = (x1: number, y1: number, x2: number, y2: number, colour: string) =>
  `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${colour}"/>`;

export const text = (
  x: number,
  y: number,
  content: string,
  anchor: 'start' | 'middle' | 'end',
  colour: string,
  own = '',
) =>
  `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" fill="${colour}"${own}>${escaped(content)}</text>`;

const escaped = (given: string) =>
  given.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
