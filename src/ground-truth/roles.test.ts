import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { benjaminiHochberg } from '../statistics/corrections.js';
import { normalTails } from '../statistics/distributions.js';
import { readNpz } from '../tensor/npz.js';
import { tensor, toFloat32 } from '../tensor/tensor.js';
import { sharedIsThere, sharedPath } from '../testing/shared.js';
import { enrichment, massOn } from './roles.js';

interface Told {
  readonly share: number;
  readonly pixels: number;
  readonly enrichment: number;
}

it.skipIf(!sharedIsThere)('the enrichment of each region is the reference value', async () => {
  const { results } = JSON.parse(readFileSync(sharedPath('golden', 'truth', 'metrics.json'), 'utf8'));
  const arrays = await readNpz(sharedPath('golden', 'truth', 'metrics_arrays.npz'));
  let compared = 0;
  for (const { name, false_positive_mass: regions = {} } of results) {
    for (const [region, told] of Object.entries<Told>(regions)) {
      const own = toFloat32(arrays[`region_${name}`]!).data;
      const mask = Uint8Array.from(own, (value) => (value === Number(region) ? 1 : 0));
      const map = toFloat32(arrays[`map_${name}`]!);
      expect(enrichment(map, mask)).toBeCloseTo(told.enrichment, 6);
      expect(massOn(map, mask)).toBeCloseTo(told.share, 6);
      expect(mask.reduce((area, one) => area + one, 0)).toBe(told.pixels);
      compared++;
    }
  }
  expect(compared).toBe(8);
});

it.skipIf(!sharedIsThere)('the mass of weights and patterns on unassociated features is known', () => {
  const path = sharedPath('golden', 'truth', 'sap', 'values.json');
  const { weights, tests, property, ...stored } = JSON.parse(readFileSync(path, 'utf8'));
  const maps = { weights: weights.w, pattern: weights.pattern } as const;
  const significant = benjaminiHochberg(tests.welch_t.p.map((p: number | null) => p ?? 1));
  const [byTruth, byTest] = [
    stored.associated_by_construction.map((associated: number) => 1 - associated),
    significant.map((p) => (p < 0.05 ? 0 : 1)),
  ].map((row) => Uint8Array.from(row.slice(0, weights.w.length)));
  for (const kind of ['weights', 'pattern'] as const) {
    const map = tensor(Float32Array.from(maps[kind]), [maps[kind].length]);
    expect(massOn(map, byTruth!)).toBeCloseTo(property.mass_on_unassociated_by_construction[kind], 6);
    const tested = property['mass_on_features_not_significant_(welch_BH_0.05)'][kind];
    expect(massOn(map, byTest!)).toBeCloseTo(tested, 6);
  }
  // The weight of the suppressor is significant, and its association is not there.
  const wald = weights.w.map((w: number, j: number) => normalTails(w / weights.se[j]));
  const close = weights.wald_p.map(() => expect.closeTo(1, 6));
  expect(wald.map((p: number, j: number) => p / weights.wald_p[j])).toEqual(close);
  const violating = wald.flatMap((p: number, j: number) =>
    p < 0.05 && stored.associated_by_construction[j] === 0 ? [stored.names[j]] : [],
  );
  expect(violating).toEqual(property.violations_weights_by_construction);
});
