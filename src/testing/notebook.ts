import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { findJupyter, JUPYTER_ADVICE } from '../base/machine.js';
import { withBrowser } from '../figures/export.js';

const root = resolve('.');
const python = findJupyter(root);

/** Whether notebooks can be run; in CI the absence of Jupyter is a failure, elsewhere a reason to skip. */
export const jupyterIsThere: boolean = python?.run === true || process.env.CI === 'true';

export interface NotebookRun {
  readonly ok: boolean;
  /** What the runner printed: of a failure the cell, what it wrote to standard error, and the traceback. */
  readonly said: string;
}

/** Runs a notebook from top to bottom through the project's kernel; `out` are paths for the executed copy. */
export async function runNotebook(path: string, ...out: readonly string[]): Promise<NotebookRun> {
  if (!python?.run) return { ok: false, said: `Jupyter is missing; ${JUPYTER_ADVICE}` };
  const outputs = out.flatMap((file) => ['--out', file]);
  const { status, printed, said } = await ended(
    spawn(python.python, ['environment/run_notebook.py', path, ...outputs], { cwd: root }),
  );
  return { ok: status === 0, said: `${printed}${said}`.trim() };
}

export interface Interrupted {
  readonly interrupted: readonly { readonly status: string; readonly printed: string }[];
  readonly after: { readonly status: string; readonly printed: string };
  readonly alive: boolean;
}

/**
 * Interrupts each cell after it has printed "started"; then a last cell prints `globalThis.stopped` as JSON.
 */
export async function interruptNotebook(...cells: readonly string[]): Promise<Interrupted> {
  return JSON.parse(await inKernel('src/testing/interrupt.py', ...cells));
}

/** What each line may become where `|` stands in it, after a first cell has run. */
export async function completions(first: string, ...lines: readonly string[]): Promise<string[][]> {
  return JSON.parse(await inKernel('src/testing/complete.py', first, ...lines));
}

/** Runs a Python script that starts the project's kernel, and returns what it prints. */
async function inKernel(...args: readonly string[]): Promise<string> {
  if (!python?.run) throw new Error(`Jupyter is missing; ${JUPYTER_ADVICE}`);
  const { jupyterEnvironment } = createRequire(resolve('package.json'))('./environment/setup/jupyter.cjs');
  const { status, printed, said } = await ended(
    spawn(python.python, args, { cwd: root, env: jupyterEnvironment() }),
  );
  if (status !== 0) throw new Error(said);
  return printed;
}

/** Writes a notebook as it is saved to an HTML page. */
export async function exportNotebook(path: string, page: string): Promise<void> {
  const convert = 'import sys, nbconvert; print(nbconvert.HTMLExporter().from_filename(sys.argv[1])[0])';
  writeFileSync(page, await inKernel('-c', convert, path));
}

async function ended(child: ChildProcessWithoutNullStreams) {
  let [printed, said] = ['', ''];
  child.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const status = await new Promise<number | null>((done, failed) => {
    child.on('close', done);
    child.on('error', failed);
  });
  return { status, printed, said };
}

/** Notebooks import the built library: this builds it where a source has changed. */
export function buildLibrary(): void {
  const build = spawnSync(
    process.execPath,
    ['-e', "require('./environment/setup/say.cjs').guarded(require('./environment/setup/build.cjs').build)"],
    { cwd: root, encoding: 'utf8' },
  );
  if (build.status !== 0) throw new Error(build.stderr);
}

/**
 * The notebooks explain the model that the main job trains: this trains it where that was not done, as the
 * main job would.
 */
export function makeQuickstart(): void {
  if (existsSync('outputs/quickstart/model.onnx')) return;
  const job = ['benchmark', '--dataset', 'phantom', '--out', 'outputs/quickstart'];
  const little = ['--methods', 'gradcam', '--metrics', 'pointing-game'];
  const made = spawnSync(process.execPath, ['dist/cli/main.js', ...job, ...little], {
    cwd: root,
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(made.stderr);
}

export interface Cell {
  readonly cell_type: 'code' | 'markdown' | 'raw';
  readonly source: string | readonly string[];
  readonly outputs?: readonly NotebookOutput[];
  readonly execution_count?: number | null;
}

export interface NotebookOutput {
  readonly output_type: string;
  readonly text?: string | readonly string[];
  readonly data?: Readonly<Record<string, string | readonly string[]>>;
}

export interface Notebook {
  readonly cells: readonly Cell[];
  readonly metadata: { readonly kernelspec?: { readonly name: string; readonly language?: string } };
}

export const readNotebook = (path: string): Notebook => JSON.parse(readFileSync(path, 'utf8'));

/** A notebook of code cells, as Jupyter would write it. */
export const notebookOf = (...cells: readonly string[]): string =>
  JSON.stringify({
    cells: cells.map((source, i) => ({
      id: `cell-${i}`,
      cell_type: 'code',
      source,
      outputs: [],
      execution_count: null,
      metadata: {},
    })),
    metadata: { kernelspec: { name: 'tslab', display_name: 'TypeScript (tslab)', language: 'typescript' } },
    nbformat: 4,
    nbformat_minor: 5,
  });

export const textOf = (text: string | readonly string[] = ''): string =>
  typeof text === 'string' ? text : text.join('');

/** How many figures a page holds, and how many of them are drawn where nothing can be loaded. */
export async function drawnFigures(path: string): Promise<[number, number]> {
  return withBrowser(async (browser) => {
    const page = await browser.newPage();
    await page.route('**', (route) =>
      route.request().url().startsWith('file:') ? route.continue() : route.abort(),
    );
    await page.goto(`file://${path}`);
    await page.locator('.js-plotly-plot .main-svg').first().waitFor({ timeout: 30_000 });
    return [
      await page.locator('div[id^="figure-"]').count(),
      await page.locator('div[id^="figure-"] .main-svg:first-child').count(),
    ];
  });
}
