import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XMLValidator } from 'fast-xml-parser';
import sharp from 'sharp';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { findChromium } from '../base/machine.js';
import { exportFigure } from './export.js';
import { heatmapFigure } from './heatmap.js';

const folder = mkdtempSync(join(tmpdir(), 'figures-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

const image = { data: new Float32Array(64).fill(0.5), shape: [1, 8, 8] };
const map = { data: Float32Array.from({ length: 64 }, (_, i) => i / 64), shape: [8, 8] };
const figure = heatmapFigure(image, map, [{ x: 1, y: 1, width: 4, height: 4, label: 'mass' }], {
  title: 'Map & <b>',
});
const chromiumIsThere = findChromium() !== undefined || process.env.CI === 'true';
if (!chromiumIsThere) console.warn('Chromium is missing here: the export to SVG, PDF and PNG is not tested');

describe.skipIf(!chromiumIsThere)('with Chromium', () => {
  test('writes a valid SVG, PDF and PNG of the size of the figure', { timeout: 120_000 }, async () => {
    const [svg, pdf, png] = ['svg', 'pdf', 'png'].map((format) => join(folder, `figure.${format}`)) as [
      string,
      string,
      string,
    ];
    await exportFigure(figure, [svg, pdf, png], { scale: 2 });

    const drawn = readFileSync(svg, 'utf8');
    expect(XMLValidator.validate(drawn)).toBe(true);
    expect(drawn).toContain('Map &amp; &#60;b&#62;');
    expect(drawn.match(/<image/g)?.length).toBeGreaterThanOrEqual(2);

    const page = readFileSync(pdf, 'latin1');
    expect(page.slice(0, 5)).toBe('%PDF-');
    expect(page.trimEnd().slice(-5)).toBe('%%EOF');
    expect(page.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);

    const { width, height } = await sharp(png).metadata();
    expect([width, height]).toEqual([2 * figure.layout.width, 2 * figure.layout.height]);
    const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const at = (x: number, y: number) => [...data.subarray(3 * (2 * y * info.width + 2 * x)).subarray(0, 3)];
    const margin = figure.layout.margin as { l: number; t: number };
    expect(at(margin.l + 5, margin.t + 5)).toEqual([128, 128, 128]);
    expect(at(margin.l + 415, margin.t + 415)).not.toEqual([128, 128, 128]);
  });
});

test('a page works without a network: it holds Plotly and the figure', async () => {
  const path = join(folder, 'figure.html');
  await exportFigure(figure, path);
  const page = readFileSync(path, 'utf8');
  expect(page.length).toBeGreaterThan(500_000);
  expect(/<(script|link|img)\s[^>]*(src|href)=/.exec(page)).toBeNull();
  expect(page.includes('"text":"Map &amp; &lt;b&gt;"')).toBe(true);
});

test('another ending is refused before anything is written', async () => {
  const paths = [join(folder, 'one.html'), join(folder, 'two.jpeg')];
  await expect(exportFigure(figure, paths)).rejects.toThrow('ends in none of them');
  expect(existsSync(paths[0]!)).toBe(false);
});

test.each([
  [{ scale: 0 }, "option 'scale' of exportFigure got 0"],
  [{ dpi: 300 }, "unknown option of exportFigure 'dpi'"],
] as [Record<string, number>, string][])('options %j are refused', async (options, why) => {
  await expect(exportFigure(figure, join(folder, 'refused.html'), options)).rejects.toThrow(why);
});

test('without Chromium it says what to install and leaves no file', async () => {
  vi.stubEnv('SIGHTLINE_CHROMIUM', '/nowhere/chromium');
  const before = readdirSync(folder);
  await expect(exportFigure(figure, join(folder, 'other.png'))).rejects.toThrow(
    /Chromium, which is missing: install/,
  );
  expect(readdirSync(folder)).toEqual(before);
});
