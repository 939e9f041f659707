import { basename, extname } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { environmentError, messageOf, usageError } from '../base/errors.js';
import { checkOutput, writeWhole } from '../base/files.js';
import { CHROMIUM_ADVICE, findChromium } from '../base/machine.js';
import { number, type OptionsOf, readOptions } from '../base/options.js';
import type { Figure } from './figure.js';
import { removeLeftBehind } from './left-behind.js';
import { figurePage, plotlySource } from './plotly.js';

const DRAWN = ['.svg', '.pdf', '.png'];
const FORMATS = [...DRAWN, '.html'];

const exportOptions = {
  scale: number({ doc: 'pixels of the PNG for one pixel of the figure', min: 0.1, max: 20, default: 3 }),
};

/** Options of an export: `scale`, the pixels of a PNG for one pixel of the figure (3 by default). */
export type ExportOptions = OptionsOf<typeof exportOptions>;

/**
 * Writes a figure to each path, in the format of its extension: `.svg`, `.pdf` (vectors), `.png` or `.html`
 * (interactive, works offline). All but HTML need Chromium. A file is written whole or not at all.
 */
export async function exportFigure(
  figure: Figure,
  paths: string | readonly string[],
  options: ExportOptions = {},
): Promise<void> {
  await exportFigures([{ figure, paths: typeof paths === 'string' ? [paths] : paths }], options);
}

/** Writes several figures, as `exportFigure` does, with one start of the browser. */
export async function exportFigures(
  jobs: readonly { readonly figure: Figure; readonly paths: readonly string[] }[],
  options: ExportOptions = {},
): Promise<void> {
  const { scale } = readOptions(exportOptions, options, 'exportFigure');
  const files = jobs.flatMap(({ figure, paths }) =>
    paths.map((path) => ({ figure, path, format: formatOf(path) })),
  );
  for (const { path } of files) await checkOutput(path);
  for (const { figure, path, format } of files) {
    if (format === '.html') await writeWhole(path, figurePage(figure, basename(path, format)));
  }
  const drawn = files.filter(({ format }) => format !== '.html');
  if (drawn.length === 0) return;
  await withBrowser(async (browser) => {
    for (const { figure, path, format } of drawn) {
      await writeWhole(path, await drawnBy(browser, figure, format, scale));
    }
  });
}

/** A figure as the bytes of a PNG. */
export const figurePng = (figure: Figure, scale = 2): Promise<Uint8Array> =>
  withBrowser(async (browser) => drawnBy(browser, figure, '.png', scale));

async function drawnBy(browser: Browser, figure: Figure, format: string, scale: number): Promise<Uint8Array> {
  const { width, height } = figure.layout;
  const page = await browser.newPage({ viewport: { width, height }, deviceScaleFactor: scale });
  try {
    await page.setContent('<!doctype html><style>html, body { margin: 0 }</style><div id="figure"></div>');
    await page.addScriptTag({ content: plotlySource() });
    await draw(page, figure);
    if (format === '.svg') return Buffer.from(await svgOf(page, figure));
    if (format === '.png') return await page.screenshot({ type: 'png' });
    return await page.pdf({
      width: `${width}px`,
      height: `${height}px`,
      printBackground: true,
      pageRanges: '1',
    });
  } finally {
    await page.close();
  }
}

const draw = (page: Page, { data, layout }: Figure) =>
  page.evaluate(`(async () => {
    await Plotly.newPlot('figure', ${JSON.stringify(data)}, ${JSON.stringify(layout)}, { staticPlot: true });
    await document.fonts.ready;
  })()`);

async function svgOf(page: Page, { layout: { width, height } }: Figure): Promise<string> {
  const options = JSON.stringify({ format: 'svg', width, height });
  const uri: string = await page.evaluate(`Plotly.toImage('figure', ${options})`);
  return `${decodeURIComponent(uri.slice(uri.indexOf(',') + 1))}\n`;
}

function formatOf(path: string): string {
  const format = extname(path).toLowerCase();
  if (!FORMATS.includes(format)) {
    throw usageError(`a figure is written as ${FORMATS.join(', ')}; '${path}' ends in none of them`);
  }
  return format;
}

const QUIET = [
  '--headless',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Runs `work` with this machine's Chromium and closes it. Throws an environment error where there is none.
 */
export async function withBrowser<T>(work: (browser: Browser) => Promise<T>): Promise<T> {
  const executablePath = findChromium();
  if (!executablePath)
    throw environmentError(`figures are exported by Chromium, which is missing: ${CHROMIUM_ADVICE}`);
  removeLeftBehind();
  const browser = await launch(executablePath);
  try {
    return await work(browser);
  } finally {
    await browser.close();
  }
}

async function launch(executablePath: string): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  try {
    const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    return await chromium.launch({
      executablePath,
      args: [...QUIET, ...asRoot],
      chromiumSandbox: asRoot.length === 0,
      handleSIGINT: false,
      timeout: 60_000,
    });
  } catch (error) {
    throw environmentError(`${executablePath} does not start: ${messageOf(error).slice(0, 300)}`);
  }
}
