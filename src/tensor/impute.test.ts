import { describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { sharedIsThere, sharedPath } from '../testing/shared.js';
import { imputeLinear } from './impute.js';
import { readNpy } from './npy.js';
import { rows, toFloat32 } from './tensor.js';

const [height, width] = [9, 7];
const random = seededRandom('impute');
const plane = Float32Array.from({ length: height * width }, () => random.normal());
const removed = Uint8Array.from(plane, () => (random.uniform() < 0.6 ? 1 : 0));

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
    expect(() => imputeLinear(plane, height, width, [1])).toThrow(/1 marks and 63 pixels/);
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
