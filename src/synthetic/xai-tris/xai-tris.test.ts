import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readOptions } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { readNpy } from '../../tensor/npy.js';
import { readNpz } from '../../tensor/npz.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import { backgroundOf, backgrounds, correlated } from './backgrounds.js';
import { mixed } from './mix.js';
import { type Placed, type ProblemName, patternOf, placedOf, standingShapes, visible } from './patterns.js';
import { xaiTris, xaiTrisOptions } from './problem.js';

const folder = (name: string) => sharedPath('golden', 'truth', 'xaitris', name.replace('xaitris/', ''));
const array = async (name: string) => (await readNpy(folder(name))).data as Float32Array;
const stored = sharedIsThere ? JSON.parse(readFileSync(folder('values.json'), 'utf8')) : { sets: {} };

const make = (options: object) => xaiTris(readOptions(xaiTrisOptions, { ...options }, 'xai-tris'), quietly);

describe.skipIf(!sharedIsThere)('the images of XAI-TRIS', () => {
  it.each(Object.keys(stored.sets))('are the reference images in %s', async (name) => {
    const set = stored.sets[name];
    const { size, problem: theirName, background, alpha } = set;
    const info = stored.sets[`${theirName}_white_${size}`].exact8_info;
    const problem = theirName.replace('_', '-') as ProblemName;
    const patterns = (await readNpz(folder(`P8_${theirName}_${size}.npz`))).P!.data as Float32Array;
    const white = await array(`W8_${size}.npy`);
    const x8 = await array(set.x8);
    const count = stored.definition.n / 2;
    const pixels = size * size;
    for (let i = 0; i * pixels < x8.length; i++) {
      const index = stored.definition.exact_sample_index[i];
      const drawn = placedOf(
        problem,
        index < count ? 0 : 1,
        { k: index % count, count, size },
        seededRandom(i),
      );
      const own = info?.[i] ?? {};
      const placed: readonly Placed[] =
        problem === 'translations-rotations'
          ? [{ shape: own.shape, sign: 1, turns: own.rot90_times, row: own.row, column: own.col }]
          : drawn;
      const pattern = patternOf(problem, placed, size);
      expect(relative(pattern, patterns.subarray(i * pixels, (i + 1) * pixels))).toBeLessThan(1e-6);
      const noise = white.subarray(i * pixels, (i + 1) * pixels);
      const mixing = { rule: problem === 'multiplicative' ? 'multiplicative' : 'additive', alpha } as const;
      const norms = { pattern: set.norm_P_used, background: set.norm_B_used, product: 0 };
      const image = mixed(mixing, pattern, background === 'white' ? noise : correlated(noise, size), norms);
      const scaled = image.map((value) => value / set.max_abs_before_scaling);
      expect(relative(scaled, x8.subarray(i * pixels, (i + 1) * pixels))).toBeLessThan(2e-6);
    }
  });

  it.each([8, 64])('have the reference masks at %i pixels', async (size) => {
    const union = (await readNpy(folder(`mask_${size}.npy`))).data as Uint8Array;
    const ours = visible(patternOf('linear', standingShapes(size), size));
    expect(ours).toEqual(Uint8Array.from(union.subarray(2 * size * size)));
  });

  const small = Object.keys(stored.sets).filter((name) => stored.sets[name].size === 8);
  it.each(small)('have the reference statistics in %s', async (name) => {
    const set = stored.sets[name];
    const options = {
      problem: set.problem.replace('_', '-'),
      background: set.background,
      noise: 0,
      images: 2000,
    };
    const { draw, greatest } = await make(options);
    const drawn = Array.from({ length: 2000 }, (_, i) => draw(i));
    const scale = set.scale_over_replicates;
    expect(Math.abs(greatest! - scale.max_abs_mean) / scale.max_abs_sd, name).toBeLessThan(4);
    let square = 0;
    for (const { image } of drawn) for (const value of image) square += (value / greatest!) ** 2;
    const deviation = Math.sqrt(square / 2000 / 64);
    expect(Math.abs(deviation - scale.std_of_x_mean) / scale.std_of_x_sd, name).toBeLessThan(4);
    const [means, errors] = await Promise.all([set.class_mean, set.class_mean_se].map(array));
    for (let at = 0; at < 128; at++) {
      const own = drawn.filter(({ label }) => label === Math.floor(at / 64));
      const ours = own.reduce((sum, { image }) => sum + image[at % 64]!, 0) / own.length;
      const apart = ours / set.max_abs_before_scaling - means![at]!;
      expect(Math.abs(apart), `${name} ${at}`).toBeLessThan(4 * Math.SQRT2 * errors![at]!);
    }
  });
});

describe('a problem of XAI-TRIS', () => {
  it('has classes of one size, exact splits, and the same images twice', async () => {
    const problem = await make({ problem: 'xor', background: 'correlated', images: 100 });
    const drawn = Array.from({ length: 100 }, (_, i) => problem.draw(i));
    expect(drawn.filter(({ label }) => label === 1)).toHaveLength(50);
    for (const [split, count] of [
      ['train', 80],
      ['validation', 10],
      ['test', 10],
    ] as const)
      expect(drawn.filter((one) => one.split === split)).toHaveLength(count);
    expect(problem.draw(7)).toEqual(drawn[7]);
    expect(drawn[0]!.masks.suppressor!.every((one, i) => one !== drawn[0]!.masks.cause![i])).toBe(true);
  });

  it('has the backgrounds of every other problem of its seed', async () => {
    const [one, other] = await Promise.all(
      ['linear', 'xor'].map((problem) => make({ problem, images: 4, noise: 0 })),
    );
    const ratio = one!.draw(0).image[0]! / other!.draw(0).image[0]!;
    expect(one!.draw(3).image[0]! / other!.draw(3).image[0]!).toBeCloseTo(ratio, 2);
  });

  it('moves shapes everywhere inside the image', () => {
    const rows = new Set<number>();
    for (let i = 0; i < 400; i++) {
      const [placed] = placedOf('translations-rotations', 0, { k: i, count: 400, size: 8 }, seededRandom(i));
      rows.add(placed!.row);
      const pattern = patternOf('translations-rotations', [placed!], 8);
      expect(pattern.reduce((a, b) => a + b)).toBe(4);
    }
    expect([...rows].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('rounds the published images to half precision', async () => {
    const { draw } = await make({ published: true, images: 4 });
    for (const value of draw(1).image) expect(value * 2 ** 24).toBe(Math.round(value * 2 ** 24));
  });

  it.each(backgrounds)('has %s backgrounds of mean zero', (name) => {
    let sum = 0;
    for (let i = 0; i < 200; i++) for (const value of backgroundOf(name, 16, seededRandom(i))) sum += value;
    expect(Math.abs(sum / 200 / 256)).toBeLessThan(0.02);
  });
});

function relative(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  let [off, size] = [0, 0];
  for (let i = 0; i < theirs.length; i++) {
    off += (ours[i]! - theirs[i]!) ** 2;
    size += theirs[i]! ** 2;
  }
  return Math.sqrt(off / size);
}
