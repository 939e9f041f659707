import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findChromium } from '../base/machine.js';
import { withBrowser } from '../figures/export.js';
import { runLine } from '../testing/command-line.js';
import { methods, metrics, smallBenchmark } from '../testing/small-benchmark.js';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let dir: string;
const at = (name: string) => join(dir, 'run', name);
const reportUrl = () => `file://${at('report.html')}`;

const chromiumIsThere = findChromium() !== undefined || process.env.CI === 'true';

describe.skipIf(!chromiumIsThere)('the report in a browser without a network', () => {
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sightline-report-'));
    await runLine(...smallBenchmark(join(dir, 'drawn'), join(dir, 'run')));
  });
  afterAll(() => rm(dir, { recursive: true }));

  it('asks for nothing, complains of nothing, and draws its figures and heatmaps', async () => {
    const seen = await withBrowser(async (browser) => {
      const context = await browser.newContext({ offline: true });
      const page = await context.newPage();
      const trouble: string[] = [];
      page.on('console', (message) => trouble.push(message.text()));
      page.on('pageerror', (error) => trouble.push(error.message));
      page.on('request', (request) => {
        if (/^(https?|wss?):/.test(request.url())) trouble.push(request.url());
      });
      await page.goto(reportUrl());
      await page.waitForSelector('#cost svg.main-svg');
      const plots = await page.locator('svg.main-svg .points path.point').count();
      const drawn = await page.evaluate<number[]>(
        "Array.from(document.querySelectorAll('.gallery img'), (image) => image.naturalWidth)",
      );
      const scores = page.locator('table').first();
      const rows = await scores.locator('tbody tr').count();
      return { trouble, plots, drawn, rows, boxes: await page.locator('.gallery rect').count() };
    });
    expect(seen.trouble).toEqual([]);
    expect(seen.rows).toBe(methods.length);
    expect(seen.plots).toBeGreaterThanOrEqual(methods.length * metrics.length);
    const { test } = JSON.parse(await readFile(at('manifest.json'), 'utf8'));
    const shown = Math.min(4, test.explained);
    expect(seen.drawn).toEqual(Array(methods.length * shown).fill(32));
    expect(seen.boxes).toBeGreaterThanOrEqual((methods.length + 1) * shown);
  });

  it('shows the references of what the run used, behind a button', async () => {
    const [before, after, bibtex] = await withBrowser(async (browser) => {
      const page = await browser.newPage();
      await page.goto(reportUrl());
      const reference = page.getByText('Selvaraju, R. R., Cogswell, M.');
      const hidden = await reference.isVisible();
      await page.getByRole('button', { name: 'Cite what this run used' }).click();
      return [hidden, await reference.isVisible(), await page.locator('pre.bibtex').textContent()];
    });
    expect([before, after]).toEqual([false, true]);
    for (const key of ['selvaraju2017gradcam', 'simonyan2014deep', 'petsiuk2018rise', 'he2016resnet'])
      expect(bibtex).toContain(`{${key},`);
  });

  it('keeps its pictures when it is printed, where browsers leave out backgrounds', async () => {
    const [drawn, printed, withBackgrounds] = await withBrowser(async (browser) => {
      const page = await browser.newPage();
      await page.goto(reportUrl());
      const figures = await page.locator('#cost svg.main-svg').count();
      const pictures = async (printBackground: boolean) =>
        (await page.pdf({ printBackground })).toString('latin1').match(/\/Subtype \/Image/g)?.length;
      return [figures, await pictures(false), await pictures(true)];
    });
    expect(drawn).toBeGreaterThan(0);
    expect(printed).toBeGreaterThan(methods.length);
    expect(printed).toBe(withBackgrounds);
  });
});
