import { randomUUID } from 'node:crypto';
import { display, displayHtml, runningCell } from './display.js';
import { figurePng } from './export.js';
import type { Figure } from './figure.js';
import { figureHtml, plotlyLoader } from './plotly.js';

const newId = () => `figure-${randomUUID()}`;

let loadedIn: unknown;

/**
 * Loads Plotly into the output of the running cell, once each time that it runs: so that a saved figure is
 * drawn whatever has become of the other cells.
 */
function loadPlotly(): void {
  const cell = runningCell();
  if (loadedIn !== cell) displayHtml(plotlyLoader());
  loadedIn = cell;
}

/** Shows an interactive figure under the running cell; it also works offline in exported HTML. */
export function showFigure(figure: Figure): void {
  loadPlotly();
  displayHtml(figureHtml(figure, newId()));
}

/** Shows a figure together with a PNG of it, for readers that run no scripts; needs Chromium. */
export async function showFigureWithPng(figure: Figure): Promise<void> {
  const png = Buffer.from(await figurePng(figure)).toString('base64');
  loadPlotly();
  display({ 'text/html': figureHtml(figure, newId()), 'image/png': png });
}

/** A figure that is updated in place while a cell runs, such as a loss curve. */
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
