import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Locator, Page, WebSocket } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askJupyter, findChromium, findJupyter, findProgram, type Jupyter } from '../base/machine.js';
import { withBrowser } from '../figures/export.js';
import { handshake, type Lab, startLab } from './lab.js';
import { buildLibrary, drawnFigures, exportNotebook, notebookOf } from './notebook.js';

const found = findJupyter(resolve('.'));
const system = findProgram(['/usr/bin/python3']);
const ofSystem = system === undefined ? undefined : askJupyter(system);
const withLab = found?.lab ? found : undefined;
const withNotebook = [found, ofSystem].find((jupyter) => jupyter?.notebook && !jupyter.lab);

const servers: [string, Jupyter | undefined][] = [
  ['JupyterLab', withLab],
  ['the notebook server', withNotebook],
];
for (const [name, jupyter] of servers)
  if (!jupyter) console.warn(`${name} is missing here: it is not tested`);

beforeAll(buildLibrary, 120_000);

describe.each(servers)('npm run lab with %s', (_, jupyter) => {
  let lab: Lab;
  let stopped = false;
  const timeout = 60_000;
  const stop = async () => {
    stopped = true;
    return lab.interrupt();
  };
  beforeAll(async () => {
    if (jupyter) lab = await startLab({ SIGHTLINE_PYTHON: jupyter.python });
  }, 120_000);
  afterAll(async () => {
    if (lab && !stopped) await stop();
  });
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(`${lab.url}${path}`, { method, headers, body: method === 'POST' ? '{"name":"tslab"}' : null });

  test.skipIf(!jupyter)('keeps what it writes while it runs to itself', () => {
    for (const folder of ['.jupyter', '.jupyter/runtime']) expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test.skipIf(!jupyter)('wants a token, and no foreign page even where it has one', { timeout }, async () => {
    const Authorization = `token ${lab.token}`;
    const foreign = { Authorization, Origin: 'http://example.org' };
    const refused = [403, 404];
    expect((await ask('/api/contents')).status).toBe(403);
    expect((await ask('/api/contents', { Authorization })).status).toBe(200);
    expect((await ask('/api/contents', { Authorization, Origin: lab.url })).status).toBe(200);
    expect(refused).toContain((await ask('/api/contents', foreign)).status);
    expect(refused).toContain((await ask('/api/kernels', foreign, 'POST')).status);
    expect(await (await ask('/api/kernels', { Authorization })).json()).toEqual([]);
  });

  test.skipIf(!jupyter)(
    'opens a kernel to its own pages, and ends with it at one Ctrl-C',
    { timeout },
    async () => {
      const made = await ask('/api/kernels', { Authorization: `token ${lab.token}` }, 'POST');
      expect(made.status).toBe(201);
      const { id } = (await made.json()) as { id: string };
      const open = (Origin: string) =>
        handshake(`${lab.url}/api/kernels/${id}/channels?token=${lab.token}`, { Origin });
      expect(await open(lab.url)).toBe(101);
      expect(await open('http://example.org')).toBe(403);
      expect(await stop()).toBe(0);
      await expect(ask('/api/contents')).rejects.toThrow();
    },
  );
});

const chromiumIsThere = findChromium() !== undefined || process.env.CI === 'true';

describe.skipIf(!withLab || !chromiumIsThere)('a notebook in JupyterLab', () => {
  const folder = 'outputs/lab-test';
  const notebook = join(folder, 'figures.ipynb');
  const cells = [
    `import { checkpoint, heatmapFigure, runHere, show } from 'sightline';
     const image = { data: new Float32Array(64).fill(0.5), shape: [1, 8, 8] };
     show.figure(heatmapFigure(image, image));`,
    'show.loss([{ epoch: 1, trainLoss: 2 }, { epoch: 2, trainLoss: 1 }]);',
    'for (const k of [1, 2]) show.loss([{ epoch: 1, trainLoss: k }, { epoch: 2, trainLoss: 1 }]);',
    `globalThis.steps = 0;
     await runHere(async (run) => {
       for (;;) {
         await checkpoint(run);
         if (++globalThis.steps === 10) console.log('working');
       }
     });`,
    "console.log(globalThis.steps > 9 ? 'kept' : 'lost');",
  ];
  let lab: Lab;
  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(notebook, notebookOf(...cells));
    lab = await startLab({ SIGHTLINE_PYTHON: withLab!.python });
  }, 120_000);
  afterAll(async () => {
    await lab?.interrupt();
    rmSync(folder, { recursive: true });
  }, 60_000);

  test('draws, is interrupted, keeps its figures in a second run, ends at Ctrl-C', {
    timeout: 300_000,
  }, async () => {
    await withBrowser(async (browser) => {
      const page = await browser.newPage({ viewport: { width: 1100, height: 2600 } });
      page.setDefaultTimeout(60_000);
      const connected = kernelAnswers(page);
      await page.goto(`${lab.url}/lab/tree/${notebook}?token=${lab.token}`);
      const channels = await connected;
      await idle(page);
      await fromMenu(page, 'Run', 'runmenu:run-all');
      const cell = (index: number) => page.locator('.jp-Notebook .jp-CodeCell').nth(index);
      await cell(3).locator('.jp-OutputArea', { hasText: 'working' }).waitFor();
      await figures(page, 4);

      await fromMenu(page, 'Kernel', 'kernelmenu:interrupt');
      await cell(3)
        .locator('.jp-OutputArea', { hasText: /interrupted|stopped/i })
        .waitFor();
      await idle(page);
      await run(page, channels, cell(4));
      await cell(4).locator('.jp-OutputArea', { hasText: 'kept' }).waitFor();

      await run(page, channels, cell(0));
      await figures(page, 4);
      await saved(page, () => fromMenu(page, 'File', 'docmanager:save'));
      await page.reload();
      await figures(page, 4);
      await page.screenshot({ path: process.env.SIGHTLINE_SCREENSHOT ?? join(folder, 'lab.png') });
    });
    const exported = join(folder, 'figures.html');
    await exportNotebook(notebook, exported);
    expect(await drawnFigures(resolve(exported))).toEqual([4, 4]);
    expect(await lab.interrupt()).toBe(0);
    await expect(fetch(lab.url)).rejects.toThrow();
  });
});

/** Waits until the page has an answer of its kernel, without which it runs nothing; gives their socket. */
async function kernelAnswers(page: Page) {
  const channels = await page.waitForEvent('websocket', (socket) => socket.url().includes('/channels'));
  await channels.waitForEvent('framereceived', ({ payload }) => payload.includes('kernel_info_reply'));
  await page.waitForTimeout(500);
  return channels;
}

const idle = (page: Page) => page.locator('.jp-NotebookPanel-toolbar [data-status="idle"]').waitFor();

async function fromMenu(page: Page, menu: string, command: string) {
  await page.locator('.lm-MenuBar-item', { hasText: menu }).first().click();
  await page.locator(`.lm-Menu-item[data-command="${command}"]`).first().click();
}

/** Waits until what `save` sends has reached the server: a page that is left before drops it. */
async function saved(page: Page, save: () => Promise<void>) {
  const answer = page.waitForResponse(
    (response) => response.request().method() === 'PUT' && response.url().includes('/api/contents/'),
  );
  await save();
  expect((await answer).ok()).toBe(true);
}

/** Runs a cell to its end; again where tslab drops it, as it does with all within 200 ms of an error. */
async function run(page: Page, channels: WebSocket, cell: Locator) {
  const prompt = cell.locator('.jp-InputPrompt');
  for (let status = ''; status !== 'ok'; ) {
    let request = '';
    const answer = channels.waitForEvent('framereceived', ({ payload }) => {
      return request !== '' && payload.includes('execute_reply') && payload.includes(request);
    });
    const sent = channels.waitForEvent('framesent', ({ payload }) => {
      if (payload.includes('execute_request')) request = first(/"msg_id":\s*"([^"]+)"/, payload);
      return request !== '';
    });
    await prompt.click();
    await page.keyboard.press('Control+Enter');
    await sent;
    status = first(/"status":\s*"(\w+)"/, (await answer).payload);
  }
  await expect.poll(() => prompt.innerText(), { timeout: 60_000 }).toMatch(/\d/);
}

const first = (pattern: RegExp, frame: string | Buffer) => pattern.exec(frame.toString())?.[1] ?? '';

/** Waits until so many figures are drawn. */
const figures = (page: Page, count: number) =>
  page.waitForFunction(
    `document.querySelectorAll('div[id^="figure-"] .main-svg:first-child').length === ${count}`,
  );
