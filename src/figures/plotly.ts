import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Figure } from './figure.js';

const REPLACEMENTS: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes a text for use anywhere in HTML, attributes included. */
export const safe = (text: string): string => text.replace(/[&<>"']/g, (c) => REPLACEMENTS[c]!);

let source: string | undefined;

/** Plotly's source (cartesian bundle, 1.5 MB), for pages that must work offline. */
export function plotlySource(): string {
  source ??= readFileSync(createRequire(__filename).resolve('plotly.js-cartesian-dist-min'), 'utf8');
  return source;
}

/** JSON that is safe inside a script element. */
export const scriptJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const CONFIG = { displaylogo: false, responsive: false, displayModeBar: 'hover' };

/**
 * A script element that loads Plotly once per page and draws the figures before and after it. It hides a
 * notebook server's module system from Plotly, and leaves any other Plotly on the page in place.
 */
export const plotlyLoader = (): string => `<script>(function () {
var waiting = window.sightlineFigures || [];
if (waiting.ready) return;
var other = window.Plotly;
(function (module, exports, define) {
${plotlySource().replaceAll('</script', '<\\/script')}
}).call(window);
var own = window.Plotly;
if (other) window.Plotly = other;
function draw(figure, tries) {
  var place = document.getElementById(figure.id);
  if (place) { place.textContent = ''; own.newPlot(place, figure.data, figure.layout, figure.config); }
  else if (tries < 50) setTimeout(function () { draw(figure, tries + 1); }, 100);
}
window.sightlineFigures = { ready: true, push: function (figure) { draw(figure, 0); } };
waiting.forEach(window.sightlineFigures.push);
}).call(window);</script>`;

/** One figure as HTML, drawn by the page's loader; `id` must be unique in the page. */
export function figureHtml({ data, layout }: Figure, id: string): string {
  const figure = scriptJson({ id, data, layout, config: CONFIG });
  return `<div id="${id}" style="width:${layout.width}px;height:${layout.height}px">To see this figure, trust the notebook, or run it again from the top.</div>
<script>(window.sightlineFigures = window.sightlineFigures || []).push(${figure});</script>`;
}

/** A whole page with one figure, which works offline. */
export const figurePage = (figure: Figure, title: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${safe(title)}</title></head>
<body>${figureHtml(figure, 'figure')}
${plotlyLoader()}</body></html>
`;
