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

const SIDE = 256;
type Random = ReturnType<typeof seededRandom>;

/** Discs of their own spots under the same fall of light towards the rim. */
function vignetted(random: Random): Uint8Array {
  const spots = Array.from(
    { length: 10 },
    () =>
      [
        SIDE * random.uniform(),
        SIDE * random.uniform(),
        3 + 6 * random.uniform(),
        40 * random.uniform(),
      ] as const,
  );
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    const far = ((x - 128) ** 2 + (y - 128) ** 2) / 105 ** 2;
    if (far > 1) return 0;
    const light = spots.reduce(
      (sum, [u, v, size, much]) => sum + much * Math.exp(-((x - u) ** 2 + (y - v) ** 2) / (2 * size ** 2)),
      170 - 90 * far,
    );
    return Math.max(0, Math.min(255, light + 2 * random.normal()));
  });
}

const written = (values: Uint8Array, id: string) =>
  sharp(values, { raw: { width: SIDE, height: SIDE, channels: 1 } })
    .png()
    .toFile(file(id));

it('near duplicates are the copies of vignetted discs, and no others in that light', async () => {
  const ids = Array.from({ length: 6 }, (_, i) => `light${i}`);
  await Promise.all(ids.map((id, i) => written(vignetted(seededRandom(4000 + i)), id)));
  const original = sharp(file('light2'));
  await original.clone().linear(0.7, 40).jpeg({ quality: 90 }).toFile(file('bright'));
  await original.clone().resize(180, 180, { kernel: 'lanczos3' }).png().toFile(file('small'));
  await original.clone().flop().png().toFile(file('mirrored'));
  const pairs = async (more: readonly string[]) => {
    const { findings } = await look(
      [archiveOf([...ids, ...more].map((id) => record(id)))],
      'near-duplicates',
    );
    return findings.map(({ images }) => images.map(({ id }) => id).join(' ')).sort();
  };
  expect(await pairs([])).toEqual([]);
  expect(await pairs(['bright'])).toEqual(['light2 bright']);
  expect(await pairs(['small'])).toEqual(['light2 small']);
  expect(await pairs(['mirrored'])).toEqual(['light2 mirrored']);
});

/** Ellipses of their own dark spots whose light falls off as the fourth power of a cosine. */
function fading(random: Random): Uint8Array {
  const spots = Array.from(
    { length: 8 },
    () =>
      [
        SIDE * random.uniform(),
        SIDE * random.uniform(),
        2 + 5 * random.uniform(),
        50 * random.uniform(),
      ] as const,
  );
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    const far = ((x - 128) / 120) ** 2 + ((y - 128) / 85) ** 2;
    if (far > 1) return 0;
    const light = spots.reduce(
      (sum, [u, v, size, much]) => sum - much * Math.exp(-((x - u) ** 2 + (y - v) ** 2) / (2 * size ** 2)),
      190 * Math.cos(Math.sqrt(far)) ** 4,
    );
    return Math.max(0, Math.min(255, light + 2 * random.normal()));
  });
}

it('near duplicates are not fields of view whose light fades towards the rim', async () => {
  const ids = Array.from({ length: 21 }, (_, i) => `fading${i}`);
  await Promise.all(ids.map((id, i) => written(fading(seededRandom(8500 + i)), id)));
  const { findings } = await look([archiveOf(ids.map((id) => record(id)))], 'near-duplicates');
  expect(findings).toEqual([]);
});
