import { join } from 'node:path';
import { exists } from '../../base/files.js';
import { readMap } from '../../benchmark/explain.js';
import { ofFinding } from '../../data/finding.js';
import { readTable } from '../../data/formats/table.js';
import { boxesOnInput } from '../../data/geometry/shown.js';
import { openPrepared } from '../../data/prepare/index.js';
import { imageUri, maskUri, overlay, overlayUri } from '../../figures/overlay.js';
import { meaningOfRed } from '../red.js';
import type { CardPicture } from './page.js';

/**
 * The first explained image of a run with its annotation, and with a method's map over it; undefined where
 * the run has no prepared set of its own.
 */
export async function pictureOf(run: string, method: string): Promise<CardPicture | undefined> {
  if (!(await exists(join(run, 'prepared', 'manifest.json')))) return undefined;
  const { test, classes, regression } = await openPrepared(join(run, 'prepared'));
  const { rows } = await readTable(join(run, 'scores.csv'), ['sample', 'target'], "a run's scores");
  const found = test.find(({ id }) => id === rows[0]?.sample);
  if (found === undefined) return undefined;
  const label = classes.indexOf(rows[0]!.target!);
  const sample = label < 0 ? found : ofFinding(found, label);
  const { image, mask } = sample;
  const [height, width] = image.shape.slice(1) as [number, number];
  const boxes = boxesOnInput(sample).map(
    ({ x, y, width: w, height: h }) => `<rect x="${x}" y="${y}" width="${w}" height="${h}"/>`,
  );
  const marked = boxes.length === 0 && mask ? `<img src="${maskUri(mask, false)}" alt="">` : '';
  const outlines = `<svg viewBox="0 0 ${width} ${height}">${boxes.join('')}</svg>`;
  const map = overlay(await readMap(run, method, 0), { colours: 'diverging' });
  const frame = (inner: string) =>
    `<figure><div class="picture" style="background-image:url(${imageUri(image, false)});aspect-ratio:${width}/${height}">${inner}</div></figure>`;
  return {
    html: `<div class="pictures">${frame(marked + outlines)}${frame(`<img src="${overlayUri(map, 0.8, false)}" alt="">${outlines}`)}</div>`,
    caption: `The first of the images with the marked finding (${rows[0]!.target}), and with the map: ${meaningOfRed(regression !== undefined, 'diagnosis')}.`,
  };
}
