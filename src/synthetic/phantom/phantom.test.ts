import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../base/files.js';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { decodeFile } from '../../data/decode/index.js';
import { drawPhantom, type PhantomClass, readPhantoms, writePhantoms } from './index.js';

const kinds: readonly PhantomClass[] = ['Lung Opacity', 'No Lung Opacity / Not Normal', 'Normal'];
const draw = (seed: number, kind: PhantomClass, size = 96) => drawPhantom(seededRandom(seed), size, kind);

describe('a phantom', () => {
  it.each(kinds)('of class %s is the same for the same seed, and another for another', (kind) => {
    expect(draw(1, kind)).toEqual(draw(1, kind));
    expect(draw(2, kind).image.data).not.toEqual(draw(1, kind).image.data);
  });

  it('has boxes inside the picture exactly where it has opacities', () => {
    for (let seed = 0; seed < 12; seed++) {
      const { boxes } = draw(seed, 'Lung Opacity');
      expect([1, 2]).toContain(boxes.length);
      for (const [x, y, width, height] of boxes) {
        expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
        expect(Math.max(x + width, y + height)).toBeLessThanOrEqual(96);
        expect(width * height).toBeGreaterThan(20);
      }
      expect(draw(seed, 'Normal').boxes).toEqual([]);
    }
  });

  it('differs from its healthy twin inside its boxes and next to nowhere else', () => {
    for (let seed = 0; seed < 6; seed++) {
      const sick = draw(seed, 'Lung Opacity');
      const changeTo = ({ image }: { image: { data: Float32Array } }) =>
        image.data.map((value, i) => Math.abs(value - sick.image.data[i]!));
      const total = (change: Float32Array) => change.reduce((a, b) => a + b, 0);
      const [change] = kinds
        .slice(1)
        .map((kind) => changeTo(draw(seed, kind)))
        .sort((a, b) => total(a) - total(b));
      let [inside, outside] = [0, 0];
      for (const [i, value] of change!.entries()) {
        const [px, py] = [i % 96, Math.floor(i / 96)];
        const within = sick.boxes.some(([x, y, w, h]) => px >= x && px < x + w && py >= y && py < y + h);
        if (within) inside += value;
        else outside += value;
      }
      expect(inside / (inside + outside)).toBeGreaterThan(0.8);
    }
  });

  it('looks like a chest: dark corners outside the body, lungs darker than the middle', () => {
    const mean = (data: Float32Array, x0: number, x1: number) => {
      let sum = 0;
      for (let y = 38; y < 52; y++) for (let x = x0; x < x1; x++) sum += data[y * 96 + x]!;
      return sum / (14 * (x1 - x0));
    };
    for (let seed = 0; seed < 10; seed++) {
      const { data } = draw(seed, 'Normal').image;
      const middle = mean(data, 45, 51);
      expect(mean(data, 20, 30)).toBeLessThan(middle - 0.15);
      expect(mean(data, 66, 76)).toBeLessThan(middle - 0.15);
      expect(data[96 * 16 + 1]!).toBeLessThan(0.3);
    }
  });
});

describe('written phantoms', () => {
  let dir: string;
  const options = { images: 20, size: 32, positives: 0.5, seed: 4 };
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'phantom-'));
    await writePhantoms(join(dir, 'a'), options, quietly);
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('are read by the converter of the real data set, with exact counts', async () => {
    const archive = await readPhantoms(join(dir, 'a'), quietly);
    expect(archive.records).toHaveLength(20);
    expect(archive.problems).toEqual([]);
    expect(archive.records.filter(({ findings }) => findings!.length > 0)).toHaveLength(10);
    for (const { boxes, findings } of archive.records) expect(boxes.length > 0).toBe(findings!.length > 0);
  });

  it('decode to the picture that was drawn, dark bones turned round', async () => {
    const archive = await readPhantoms(join(dir, 'a'), quietly);
    const drawn = Array.from({ length: 20 }, (_, i) =>
      kinds.map((kind) => drawPhantom(seededRandom(`phantom/4/${i}`), 32, kind).image.data),
    ).flat();
    for (const { path } of archive.records) {
      const { pixels } = await decodeFile(path);
      expect(pixels.shape).toEqual([32, 32]);
      const furthest = (data: Float32Array) =>
        data.reduce((most, value, i) => Math.max(most, Math.abs(value - pixels.data[i]!)), 0);
      expect(Math.min(...drawn.map(furthest))).toBeLessThan(0.01);
    }
  });

  it('are of several kinds: 8 and 12 bits, bright and dark bones', async () => {
    const folder = join(dir, 'a', 'stage_2_train_images');
    const names = await readdir(folder);
    const bytes = await Promise.all(names.map((name) => readFile(join(folder, name), 'latin1')));
    expect(bytes.filter((b) => b.includes('MONOCHROME1')).length).toBeGreaterThan(0);
    expect(bytes.filter((b) => b.includes('MONOCHROME2')).length).toBeGreaterThan(6);
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
    expect(Math.abs(Math.max(...sizes) - Math.min(...sizes) - 32 * 32)).toBeLessThan(64);
  });

  it('are the same bytes again for the same seed', async () => {
    await writePhantoms(join(dir, 'b'), options, quietly);
    const hashes = (folder: string) =>
      readdir(folder, { recursive: true, withFileTypes: true }).then((entries) =>
        Promise.all(
          entries
            .filter((entry) => entry.isFile())
            .map(async ({ parentPath, name }) => `${name} ${sha256(await readFile(join(parentPath, name)))}`),
        ),
      );
    expect((await hashes(join(dir, 'b'))).sort()).toEqual((await hashes(join(dir, 'a'))).sort());
  });
});
