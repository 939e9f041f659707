import { appendFile, cp } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readOptions } from '../../base/options.js';
import { quietly } from '../../base/run.js';
import { identityOf } from '../../benchmark/dataset.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import { temporaryTree } from '../../testing/tree.js';
import type { Drawn } from '../problem/problem.js';
import { clinicalDataset } from './dataset.js';
import { clinicalOptions } from './options.js';
import { clinical } from './problem.js';

const make = (options: object) =>
  clinical(readOptions(clinicalOptions, { size: 64, images: 40, ...options }, 'clinical'), quietly);
const drawn = async (options: object): Promise<Drawn[]> => {
  const problem = await make(options);
  return Array.from({ length: problem.images }, (_, i) => problem.draw(i));
};
const pairs = (all: readonly Drawn[]) =>
  all.flatMap((one, i) => (i % 2 === 1 ? [[all[i - 1]!, one] as const] : []));

describe('a clinical problem', () => {
  it('differs between the images of a pair exactly on the pixels of the cause', async () => {
    for (const [without, lesion] of pairs(await drawn({ suppressor: 'scatter', distractor: 'tube' }))) {
      const { cause, distractor } = lesion.masks;
      const changed = lesion.image.map((value, i) => (value === without.image[i] ? 0 : 1));
      expect(cause!.some((one) => one === 1)).toBe(true);
      for (let i = 0; i < changed.length; i++)
        expect(changed[i] === 1).toBe(cause![i] === 1 || (distractor![i] === 1 && changed[i] === 1));
      expect(without.masks.cause!.includes(1)).toBe(false);
      expect(lesion.split).toBe(without.split);
      expect(lesion.pair).toBe(without.pair);
    }
  });

  it('ties the confounder to the lesion and the distractor to nothing', async () => {
    const all = await drawn({
      images: 400,
      size: 32,
      confounder: 'marker',
      tie: 0.8,
      distractor: 'watermark',
    });
    const share = (role: 'confounder' | 'distractor', label: number) =>
      all.filter((one) => one.label === label && one.masks[role]!.includes(1)).length / 200;
    expect(share('confounder', 1)).toBeCloseTo(0.8, 1);
    expect(share('confounder', 0)).toBeCloseTo(0.2, 1);
    expect(share('distractor', 1)).toBe(share('distractor', 0));
    expect(share('distractor', 1)).toBeCloseTo(0.5, 1);
  });

  it('makes lesions of the asked size and contrast', async () => {
    const all = await drawn({ radius: 0.1, contrast: 0.4, spread: 0, texture: 0, images: 20 });
    for (const [without, lesion] of pairs(all)) {
      const area = lesion.masks.cause!.reduce((sum, one) => sum + one, 0);
      expect(area / (Math.PI * 6.4 ** 2)).toBeGreaterThan(0.8);
      expect(area / (Math.PI * 6.4 ** 2)).toBeLessThan(1.2);
      const most = Math.max(...lesion.image.map((value, i) => value - without.image[i]!));
      expect(most).toBeLessThanOrEqual(0.4001);
      expect(most).toBeGreaterThan(0.37);
      const sum = lesion.image.reduce((total, value, i) => total + value - without.image[i]!, 0);
      expect(lesion.attributes!.burden).toBeCloseTo(sum / 64 ** 2, 6);
      expect(without.attributes!.burden).toBe(0);
    }
  });

  it('shows its exposure on the wedge, whatever lies behind', async () => {
    const all = await drawn({ suppressor: 'wedge', images: 20 });
    const first = all[0]!.masks.suppressor!;
    const steps = (one: Drawn) => {
      const shown = one.image.filter((_, i) => first[i] === 1);
      return shown.map((value) => value - shown[0]!);
    };
    const usual = steps(all[0]!);
    for (const one of all) {
      expect(one.masks.suppressor).toEqual(first);
      const off = steps(one).map((step, i) => Math.abs(step - usual[i]!));
      expect(Math.max(...off)).toBeLessThan(1e-6);
    }
  });

  it('has the same images twice, and others for another seed', async () => {
    const [one, again, other] = [await make({}), await make({}), await make({ seed: 1 })];
    expect(again.draw(3)).toEqual(one.draw(3));
    expect(other.draw(3).image).not.toEqual(one.draw(3).image);
  });

  it('refuses one object in two roles, and a folder without radiographs', async () => {
    await expect(make({ confounder: 'tube', distractor: 'tube' })).rejects.toThrow(
      "options 'confounder' and 'distractor' of clinical got tube both",
    );
    const none = join(await temporaryTree(), 'none');
    await expect(make({ radiographs: none })).rejects.toThrow(/not found/);
  });
});

describe.skipIf(!sharedIsThere)('a clinical problem on radiographs', () => {
  it('is known by what the radiographs hold, wherever they lie', async () => {
    const whole = sharedPath('data', 'cxr_lungboxes');
    const copy = join(await temporaryTree(), 'moved');
    await cp(whole, copy, { recursive: true });
    const known = (radiographs: string) => identityOf(clinicalDataset, { radiographs });
    const here = await known(whole);
    expect(await known(copy)).toEqual(here);
    await appendFile(join(copy, 'metadata.csv'), '\n');
    expect(await known(copy)).not.toEqual(here);
  });

  it('has lesions inside lung boxes, and each patient in one split', async () => {
    const all = await drawn({ radiographs: sharedPath('data', 'cxr_lungboxes'), images: 300 });
    const splits = new Map<string, Set<string>>();
    for (const { patient, split } of all)
      splits.set(patient!, (splits.get(patient!) ?? new Set()).add(split));
    expect([...splits.values()].every((own) => own.size === 1)).toBe(true);
    const count = (split: string) => all.filter((one) => one.split === split).length / all.length;
    expect(count('test')).toBeGreaterThan(0.12);
    expect(count('train')).toBeGreaterThan(0.5);
    for (const { image } of all) expect(image.every(Number.isFinite)).toBe(true);
    expect(all.filter(({ masks }) => masks.cause!.includes(1)).length).toBe(150);
  });
});
