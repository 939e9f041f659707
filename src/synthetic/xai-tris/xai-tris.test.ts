import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readOptions } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { leveneT, studentT } from '../../ground-truth/definitions/association.js';
import { normalCdf } from '../../statistics/distributions.js';
import { pearson } from '../../tensor/correlation.js';
import { readNpy } from '../../tensor/npy.js';
import { readNpz } from '../../tensor/npz.js';
import { relative } from '../../testing/relative.js';
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
    let sum = 0;
    for (const { image } of drawn) for (const value of image) sum += value / set.max_abs_before_scaling;
    const away = sum / 2000 / 64 - set.moments.mean;
    expect(Math.abs(away), name).toBeLessThan(4 * Math.SQRT2 * set.moments.mean_se);
    expect([0, 1].map((label) => drawn.filter((one) => one.label === label).length)).toEqual(
      set.class_counts,
    );
    // A product of two pixels tells the classes of XOR apart, and of no other problem.
    const [p, q] = set.association.pixel_pair;
    const theirs = set.association.pair_product_correlation_with_class;
    const ours = pearson(
      drawn.map(({ image }) => image[p]! * image[q]!),
      drawn.map(({ label }) => label),
    );
    expect(Math.abs(ours - theirs), name).toBeLessThan(4 * Math.sqrt(2 / 2000));
  });

  it.each(small)('have the reference associations of single pixels in %s', async (name) => {
    const { problem, background, association } = stored.sets[name];
    const options = { problem: problem.replace('_', '-'), background, noise: 0, images: 2000 };
    const { draw } = await make(options);
    const drawn = Array.from({ length: 2000 }, (_, i) => draw(i));
    const labels = Uint8Array.from(drawn, ({ label }) => label);
    const truth = visible(patternOf('linear', standingShapes(8), 8));
    for (const [test, greatest] of [
      ['welch', studentT],
      ['levene', leveneT],
    ] as const) {
      const of = (inside: number) =>
        Math.max(
          ...[...truth.keys()].map((at) =>
            truth[at] === inside
              ? Math.abs(
                  greatest(
                    Float64Array.from(drawn, (one) => one.image[at]!),
                    labels,
                  ),
                )
              : 0,
          ),
        );
      // Of all 64 tests the greatest t is about 3 by chance; one that tells the classes apart is far above.
      for (const [inside, place] of [
        [1, 'in_truth'],
        [0, 'outside'],
      ] as const) {
        const theirs = association[`max_abs_${test}_t_${place}`];
        if (theirs !== null && (theirs > 8 || theirs < 3.5))
          expect(of(inside) > 5.5, `${name} ${test} ${place}`).toBe(theirs > 8);
      }
    }
  });

  it.each(small.filter((name) => name.includes('white')))('have the reference signal in %s', (name) => {
    const { alpha, norm_P_used, norm_B_used, problem, snr, linear_bayes_accuracy: best } = stored.sets[name];
    if (problem === 'multiplicative') {
      expect(snr.variance_ratio_where_P_is_1).toBeCloseTo((1 - alpha) ** 2, 12);
      return;
    }
    expect(snr.amplitude_ratio).toBeCloseTo(alpha / (1 - alpha), 12);
    const ratio = (alpha * norm_B_used) / ((1 - alpha) * norm_P_used);
    // Where both shapes stand in the mask and one is there, half of it has signal.
    const share = problem === 'linear' ? 0.5 : 1;
    expect((share * (ratio / 0.5) ** 2) / snr.in_mask_power).toBeCloseTo(1, 1);
    if (best !== undefined) expect(normalCdf((Math.sqrt(8) / 2) * (ratio / 0.5))).toBeCloseTo(best, 3);
  });

  it.each([8, 64])('have backgrounds of the reference covariance at %i pixels', async (size) => {
    const { theory, ...background } = stored[`background_${size}`];
    // An impulse in every row is smoothed along the row alone: a column of the smoothing matrix.
    const columns = Array.from({ length: size }, (_, c) => {
      const impulse = Float32Array.from({ length: size * size }, (_, i) => (i % size === c ? 1 : 0));
      return correlated(impulse, size).subarray(0, size);
    });
    const row = (i: number) => columns.map((column) => column[i]!);
    const [first, middle] = background.smoothing_matrix_first_row_and_middle_row;
    // The first eight entries of one, the eight in the middle of the other.
    expect(relative(row(0).slice(0, 8), first)).toBeLessThan(1e-6);
    expect(relative(row(size / 2).slice(size / 2 - 4, size / 2 + 4), middle)).toBeLessThan(1e-6);
    const rows = Array.from({ length: size }, (_, i) => row(i));
    const at = (lag: number) => {
      const products = rows
        .slice(lag)
        .map((own, i) => own.reduce((sum, value, k) => sum + value * rows[i]![k]!, 0));
      return products.reduce((sum, value) => sum + value, 0) / products.length;
    };
    expect(theory.white_sd * at(0)).toBeCloseTo(theory.correlated_rms, 6);
    for (const [lag, expected] of Object.entries<number | null>(theory.correlated_autocorrelation))
      if (expected !== null) expect(at(Number(lag)) / at(0)).toBeCloseTo(expected, 5);
    const count = size === 8 ? 2000 : 100;
    for (const name of ['white', 'correlated'] as const) {
      const images = Array.from({ length: count }, (_, i) => backgroundOf(name, size, seededRandom(i)));
      const square = images.reduce((sum, one) => sum + one.reduce((all, v) => all + v * v, 0), 0);
      const deviation = Math.sqrt(square / count / size ** 2);
      const error = background[name].std_se * Math.sqrt(1 + 2000 / count);
      expect(Math.abs(deviation - background[name].std), name).toBeLessThan(4 * error);
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
