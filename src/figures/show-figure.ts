import { randomUUID } from 'node:crypto';
import { display, displayHtml } from './display.js';
import { figurePng } from './export.js';
import type { Figure } from './figure.js';
import { figureHtml, plotlyLoader } from './plotly.js';

const newId = () => `figure-${randomUUID()}`;

let loaded = false;

/**
 * Puts Plotly into the notebook's page, once for each run of its kernel: 1.5 MB that all of its figures
 * share.
 */
function loadPlotly(): void {
  if (!loaded) displayHtml(plotlyLoader());
  loaded = true;
}

/** Shows an interactive figure under the running cell; it also works in exported HTML, without a network. */
export function showFigure(figure: Figure): void {
  loadPlotly();
  displayHtml(figureHtml(figure, newId()));
}

/** The same with a picture of it, for readers of the notebook who run no scripts; needs Chromium. */
export async function showFigureWithPng(figure: Figure): Promise<void> {
  const png = Buffer.from(await figurePng(figure)).toString('base64');
  loadPlotly();
  display({ 'text/html': figureHtml(figure, newId()), 'image/png': png });
}

/** A figure that changes in place while a cell runs, like the loss curve of a training. */
export function liveFigure(): { update(figure: Figure): void } {
  const id = newId();
  let shown = false;
  return {
    update(figure) {
      loadPlotly();
      display({ 'text/html': figureHtml(figure, newId()) }, { id, update: shown });
      shown = true;
    },
  };
}
