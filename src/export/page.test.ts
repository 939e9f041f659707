import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { attribute } from '../attribution/attribute.js';
import { findChromium } from '../base/machine.js';
import { seededRandom } from '../base/random.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { withBrowser } from '../figures/export.js';
import { modelInput } from '../model/input/input.js';
import { classifierOf } from '../model/load.js';
import { predict } from '../model/predict.js';
import { tinyModel } from '../testing/tiny-model.js';
import { explanationGraph } from './export.js';
import { explanationPage } from './page.js';

it.skipIf(!findChromium())(
  'a page explains an image in the browser as the library does',
  { timeout: 120_000 },
  async () => {
    const engine = onnxRuntime();
    const folder = await mkdtemp(join(tmpdir(), 'page-'));
    const settings = { engine, normalisation: { mean: [0.4], std: [0.2] } } as const;
    const model = await classifierOf(tinyModel('Softmax'), 'tiny.onnx', {
      ...settings,
      classes: ['a', '<b>', 'c'],
    });
    const random = seededRandom('page');
    const pixels = Uint8Array.from({ length: 20 * 12 }, () => Math.floor(256 * random.uniform()));
    const picture = join(folder, 'grey.png');
    await sharp(pixels, { raw: { width: 20, height: 12, channels: 1 } })
      .png()
      .toFile(picture);
    const image = { data: Float32Array.from(pixels, (v) => v / 255), shape: [1, 12, 20] };
    const input = modelInput(model, image);
    const { data: scores } = await predict(model, input);
    const top = scores.indexOf(Math.max(...scores));
    const wanted = await attribute(model, 'gradcam', input, [top], { relu: false });
    const page = join(folder, 'page.html');
    const graph = await explanationGraph(model, 'gradcam', { relu: false });
    await writeFile(page, explanationPage(graph, model, 'tiny & <explained>'));
    await engine.dispose();
    await withBrowser(async (browser) => {
      const tab = await browser.newPage();
      const asked: string[] = [];
      tab.on('request', (request) => asked.push(request.url()));
      await tab.goto(pathToFileURL(page).href);
      await tab.setInputFiles('#file', picture);
      await tab.waitForSelector('#result:not([hidden])');
      const rows = await tab.locator('#scores tr').allInnerTexts();
      expect(rows.map((row) => row.split('\t')[0])).toEqual(['a', '<b>', 'c']);
      expect(await tab.locator('tr.explained').innerText()).toBe(rows[top]);
      const map: number[] = await tab.evaluate(`(async () => {
        const image = await createImageBitmap(document.getElementById('file').files[0]);
        return (await sightline.explain(image, ${top})).map.data;
      })()`);
      for (const [i, value] of map.entries()) expect(value).toBeCloseTo(wanted.map.data[i]!, 5);
      expect(asked.filter((url) => !/^(file|blob|data):/.test(url))).toEqual([]);
    });
  },
);
