import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
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

function once(make: () => string): () => string {
  let made: string | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Plotly's source (cartesian bundle, 1.5 MB). */
export const plotlySource = once(() =>
  readFileSync(createRequire(__filename).resolve('plotly.js-cartesian-dist-min'), 'utf8'),
);

/** JSON that is safe inside a script element. */
export const scriptJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const CONFIG = { displaylogo: false, responsive: false, displayModeBar: 'hover' };

/** Plotly's source, packed (0.7 MB). */
const packedSource = once(() => gzipSync(plotlySource(), { level: 9 }).toString('base64'));

/**
 * A script element for notebooks that unpacks Plotly once per page and draws the figures before and after it.
 * It hides a notebook server's module system from Plotly, and leaves any other Plotly on the page in place.
 */
export const plotlyLoader = once(
  () => `<script>(function () {
var waiting = window.sightlineFigures = window.sightlineFigures || [];
if (waiting.loading) return;
waiting.loading = true;
function draw(Plotly, figure, tries) {
  var place = document.getElementById(figure.id);
  if (place) { place.textContent = ''; Plotly.newPlot(place, figure.data, figure.layout, figure.config); }
  else if (tries < 50) setTimeout(function () { draw(Plotly, figure, tries + 1); }, 100);
}
var packed = Uint8Array.from(atob('${packedSource()}'), function (c) { return c.charCodeAt(0); });
var stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
new Response(stream).text().then(function (source) {
  var other = window.Plotly;
  new Function('module', 'exports', 'define', source).call(window);
  var own = window.Plotly;
  if (other) window.Plotly = other;
  waiting.push = function (figure) { draw(own, figure, 0); };
  waiting.forEach(waiting.push);
});
}).call(window);</script>`,
);

/** One figure as HTML, drawn by the page's loader or at its end; `id` must be unique in the page. */
export function figureHtml({ data, layout }: Figure, id: string): string {
  const figure = scriptJson({ id, data, layout, config: CONFIG });
  return `<div id="${id}" style="width:${layout.width}px;height:${layout.height}px">To see this figure, trust the notebook, or run its cell again.</div>
<script>(window.sightlineFigures = window.sightlineFigures || []).push(${figure});</script>`;
}

/**
 * The script at the end of a page of its own: it draws the figures before the page counts as loaded, so that
 * it can be printed at once.
 */
export const plotlyAtEnd = once(
  () => `<script>${plotlySource()}</script>
<script>for (const { id, data, layout, config } of window.sightlineFigures ?? []) {
  document.getElementById(id).textContent = '';
  Plotly.newPlot(id, data, layout, config);
}</script>`,
);

/** A whole page with one figure, which works offline. */
export const figurePage = (figure: Figure, title: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${safe(title)}</title></head>
<body>${figureHtml(figure, 'figure')}
${plotlyAtEnd()}</body></html>
`;
