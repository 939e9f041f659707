import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { buildLibrary } from '../testing/notebook.js';
import { sharedIsThere, sharedPath } from '../testing/shared.js';
import { gaussianBlur } from './blur.js';
import { imputeLinear, imputer } from './impute.js';
import { readNpy } from './npy.js';
import { rows, toFloat32 } from './tensor.js';

const [height, width] = [9, 7];
const random = seededRandom('impute');
const plane = Float32Array.from({ length: height * width }, () => random.normal());
const removed = Uint8Array.from(plane, () => (random.uniform() < 0.6 ? 1 : 0));

// The solver runs as it was built.
beforeAll(buildLibrary, 120_000);

describe('imputeLinear', () => {
  it('makes every removed pixel the weighted mean of its neighbours', () => {
    const filled = imputeLinear(plane, height, width, removed);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const p = y * width + x;
        if (removed[p] === 0) {
          expect(filled[p]).toBe(plane[p]);
          continue;
        }
        let [sum, weights] = [0, 0];
        for (let i = Math.max(0, y - 1); i <= Math.min(height - 1, y + 1); i++) {
          for (let j = Math.max(0, x - 1); j <= Math.min(width - 1, x + 1); j++) {
            const weight = i === y && j === x ? 0 : i === y || j === x ? 2 : 1;
            sum += weight * filled[i * width + j]!;
            weights += weight;
          }
        }
        expect(filled[p]).toBeCloseTo(sum / weights, 5);
      }
    }
  });

  it.each([0.03, 0.5, 0.97])(
    'solves the system as elimination does with %f of the pixels removed',
    (share) => {
      const [rows, columns] = [13, 22];
      const draws = Float32Array.from({ length: rows * columns }, () => random.uniform());
      const missing = Uint8Array.from(draws, (value) => (value < share ? 1 : 0));
      const image = Float32Array.from({ length: 2 * draws.length }, () => random.normal());
      const filled = imputeLinear(image, rows, columns, missing);
      for (const c of [0, 1]) {
        const channel = image.subarray(c * draws.length, (c + 1) * draws.length);
        for (const [p, value] of eliminated(channel, columns, missing).entries())
          expect(filled[c * draws.length + p]).toBeCloseTo(value, 6);
      }
    },
  );

  describe.each(['dots', 'patches'])('of %s', (form) => {
    it.each([0.1, 0.001])('leaves an error of about the tolerance %f in the mean', (tolerance) => {
      const [rows, columns] = [19, 24];
      const into = new Float32Array(rows * columns);
      const impute = imputer(rows, columns);
      for (const scale of [0.1, 1, 10]) {
        for (const share of [0.05, 0.5, 0.9, 0.99]) {
          const image = into.map(() => scale * random.normal());
          const draws = { data: into.map(() => random.normal()), shape: [rows, columns] };
          const missing = lowest(form === 'dots' ? draws.data : gaussianBlur(draws, 2).data, share);
          const exact = eliminated(image, columns, missing);
          const squares = impute(image, { tolerance })(missing, into).map(
            (value, p) => (value - exact[p]!) ** 2,
          );
          const mean = squares.reduce((a, b) => a + b) / missing.reduce((a, b) => a + b);
          expect(Math.sqrt(mean)).toBeLessThan(2 * tolerance);
        }
      }
    });
  });

  it('adds noise to the removed pixels alone, for one call', () => {
    const noise = plane.map(() => random.normal());
    const impute = imputer(height, width);
    const noisy = impute(plane, { noise })(removed, new Float32Array(plane.length));
    const filled = impute(plane)(removed, new Float32Array(plane.length));
    for (const [p, value] of filled.entries())
      expect(noisy[p]).toBeCloseTo(value + removed[p]! * noise[p]!, 5);
    expect(filled).toEqual(imputeLinear(plane, height, width, removed));
  });

  it('fills in along a strip of two rows', () => {
    const missing = new Uint8Array(300).fill(1);
    missing[0] = missing[299] = 0;
    const image = Float32Array.from(missing, (_, p) => (p === 0 ? 1 : 0));
    const filled = imputeLinear(image, 2, 150, missing);
    for (const [p, value] of eliminated(image, 150, missing).entries())
      expect(filled[p]).toBeCloseTo(value, 4);
  });

  it('fills more than four planes as one alone', () => {
    const planes = Float32Array.from({ length: 6 * plane.length }, () => random.normal());
    const filled = imputeLinear(planes, height, width, removed);
    for (let from = 0; from < planes.length; from += plane.length) {
      const own = planes.subarray(from, from + plane.length);
      for (const [p, value] of imputeLinear(own, height, width, removed).entries())
        expect(filled[from + p]).toBeCloseTo(value, 5);
    }
  });

  it('gives the same in memory that other images have used', () => {
    const impute = imputer(height, width);
    const into = new Float32Array(plane.length);
    const other = impute(plane.map((value) => 1 - value));
    const fill = impute(plane);
    fill(
      removed.map((one) => 1 - one),
      into,
    );
    other(removed, into);
    fill(new Uint8Array(plane.length).fill(1), into);
    expect(fill(removed, into)).toEqual(imputeLinear(plane, height, width, removed));
    other(removed, into);
    expect(fill(removed, into)).toEqual(imputeLinear(plane, height, width, removed));
  });

  it('reads an image again that was changed in place', () => {
    const impute = imputer(height, width);
    const image = plane.slice();
    const noise = plane.map(() => random.normal());
    for (const changed of [image, noise, image]) {
      const filled = impute(image, { noise })(removed, new Float32Array(plane.length));
      const anew = imputer(height, width)(image, { noise })(removed, new Float32Array(plane.length));
      expect(filled).toEqual(anew);
      changed.reverse();
    }
  });

  it('fills a hole in a flat image with its level', () => {
    const flat = new Float32Array(height * width).fill(3);
    for (const value of imputeLinear(flat, height, width, removed)) expect(value).toBeCloseTo(3, 5);
  });

  it('gives 0 where nothing is left, and the image where nothing is removed', () => {
    const all = imputeLinear(plane, height, width, new Uint8Array(plane.length).fill(1));
    expect(new Set(all)).toEqual(new Set([0]));
    expect(imputeLinear(plane, height, width, new Uint8Array(plane.length))).toEqual(plane);
  });

  it('refuses marks of another size', () => {
    expect(() => imputeLinear(plane, height, width, Uint8Array.of(1))).toThrow(/1 marks and 63 pixels/);
  });

  it.skipIf(!sharedIsThere)('agrees with Quantus and pytorch-grad-cam', async () => {
    const array = async (name: string) =>
      toFloat32(await readNpy(sharedPath('golden', 'metrics', `${name}.npy`)));
    const image = rows(await array('x8'), 0, 1).data;
    const marks = new Uint8Array(4096);
    for (const p of (await array('road_removed_idx')).data) marks[p] = 1;
    const filled = imputeLinear(image, 64, 64, marks);
    for (const name of ['road_imputed_quantus', 'road_imputed_pgc']) {
      const theirs = (await array(name)).data;
      const gap = filled.reduce((most, v, i) => Math.max(most, Math.abs(v - theirs[i]!)), 0);
      expect(gap).toBeLessThan(1e-5);
    }
  });
});

/** Marks of a share of the values, the lowest ones. */
function lowest(values: Float32Array, share: number): Uint8Array {
  const bound = values.toSorted()[Math.floor(share * values.length)]!;
  return Uint8Array.from(values, (value) => (value < bound ? 1 : 0));
}

/** The same by Gaussian elimination of the dense system. */
function eliminated(plane: Float32Array, columns: number, missing: Uint8Array): Float64Array {
  const size = plane.length;
  const system = Array.from({ length: size }, (_, p) => {
    const row = new Float64Array(size + 1);
    row[p] = 1;
    if (missing[p] === 0) {
      row[size] = plane[p]!;
      return row;
    }
    const [y, x] = [Math.floor(p / columns), p % columns];
    let total = 0;
    for (let q = 0; q < size; q++) {
      const [down, across] = [Math.abs(Math.floor(q / columns) - y), Math.abs((q % columns) - x)];
      if (q === p || Math.max(down, across) > 1) continue;
      row[q] = down + across === 1 ? -2 : -1;
      total -= row[q]!;
    }
    row[p] = total;
    return row;
  });
  for (let k = 0; k < size; k++) {
    for (let i = k + 1; i < size; i++) {
      const factor = system[i]![k]! / system[k]![k]!;
      if (factor !== 0) for (let j = k; j <= size; j++) system[i]![j]! -= factor * system[k]![j]!;
    }
  }
  const solution = new Float64Array(size);
  for (let k = size - 1; k >= 0; k--) {
    let sum = system[k]![size]!;
    for (let j = k + 1; j < size; j++) sum -= system[k]![j]! * solution[j]!;
    solution[k] = sum / system[k]![k]!;
  }
  return solution;
}
