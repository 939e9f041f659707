import { explainedIn } from '../benchmark/cases.js';
import { orderedMethods } from '../benchmark/conclusions.js';
import { readMap } from '../benchmark/explain.js';
import type { BenchmarkResult } from '../benchmark/rows.js';
import { boxesOnInput } from '../data/geometry/shown.js';
import { imageUri, maskUri, overlay, overlayUri } from '../figures/overlay.js';
import { safe } from '../figures/plotly.js';

/** How many images the gallery shows at most. */
export const SHOWN = 4;

/**
 * The first cases with the maps of all methods. Each image is in the page once and each map at its own
 * resolution; the browser overlays them.
 */
export async function galleryHtml(result: BenchmarkResult): Promise<string> {
  const names = orderedMethods(result.summary).map(([method]) => method);
  const rows = await Promise.all(
    result.cases.samples.slice(0, SHOWN).map((_, index) => caseHtml(result, names, index)),
  );
  return rows.join('\n');
}

async function caseHtml(
  { out, cases, classes, methods }: BenchmarkResult,
  names: readonly string[],
  index: number,
) {
  const sample = cases.samples[index]!;
  const [, height, width] = sample.image.shape as [number, number, number];
  const boxes = boxesOnInput(sample).map(
    (box) => `<rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}"/>`,
  );
  const mask =
    boxes.length === 0 && sample.mask ? `<img src="${maskUri(sample.mask, false)}" alt="annotated">` : '';
  const outlines = `<svg viewBox="0 0 ${width} ${height}">${boxes.join('')}</svg>`;
  const panel = (name: string, inner: string, baseline = false) =>
    `<figure${baseline ? ' class="baseline"' : ''}><div class="picture p${index}">${inner}</div><figcaption>${safe(name)}</figcaption></figure>`;
  const families = new Map(methods.map(({ method, family }) => [method, family]));
  const panels = [panel('annotation', mask + outlines)];
  for (const name of names) {
    const shown = overlay(await readMap(out, name, index), { colours: 'diverging' });
    const map = `<img src="${overlayUri(shown, 0.8, false)}" alt="${safe(name)}">`;
    panels.push(panel(name, map + outlines, families.get(name) === 'baseline'));
  }
  return `<style>.p${index} { background-image: url(${imageUri(sample.image, false)}); aspect-ratio: ${width} / ${height}; }</style>
<h3>${safe(sample.id)} <small>explained: ${safe(explainedIn(cases, classes, index))}, predicted: ${safe(cases.predictions[index]!.prediction || 'none')}</small></h3>
<div class="gallery">${panels.join('\n')}</div>`;
}
