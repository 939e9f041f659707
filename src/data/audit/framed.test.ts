import sharp from 'sharp';
import { expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { archiveOf, file, look, paintPictures, record } from '../../testing/audited-pictures.js';

paintPictures();

/** A disc of drawn shading and noise on black, with the same bright rectangle in each. */
async function disc(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const grid = Buffer.from(Array.from({ length: 48 }, () => 10 + 80 * random.uniform()));
  const shade = await sharp(grid, { raw: { width: 8, height: 6, channels: 1 } })
    .resize(256, 256, { kernel: 'cubic', fit: 'fill' })
    .greyscale()
    .raw()
    .toBuffer();
  const values = shade.map((value, i) => {
    const [x, y] = [i % 256, Math.floor(i / 256)];
    if (x >= 100 && x < 125 && y >= 120 && y < 140) return 240;
    return (x - 128) ** 2 + (y - 128) ** 2 > 1e4 ? 0 : value + 60 + 3 * random.normal();
  });
  await sharp(Buffer.from(values), { raw: { width: 256, height: 256, channels: 1 } })
    .png()
    .toFile(file(`disc${seed}`));
}

it.each([
  [9, 13],
  [9, 52],
  [15, 66],
])('near duplicates are not discs of other shading with one mark: %i, %i', async (one, other) => {
  await Promise.all([one, other].map(disc));
  const records = [one, other].map((seed) => record(`disc${seed}`));
  expect((await look([archiveOf(records)], 'near-duplicates')).findings).toEqual([]);
});
