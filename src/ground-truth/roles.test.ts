import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readNpz } from '../tensor/npz.js';
import { toFloat32 } from '../tensor/tensor.js';
import { sharedIsThere, sharedPath } from '../testing/shared.js';
import { enrichment } from './roles.js';

it.skipIf(!sharedIsThere)('the enrichment of each region is the reference value', async () => {
  const { results } = JSON.parse(readFileSync(sharedPath('golden', 'truth', 'metrics.json'), 'utf8'));
  const arrays = await readNpz(sharedPath('golden', 'truth', 'metrics_arrays.npz'));
  let compared = 0;
  for (const { name, false_positive_mass: regions = {} } of results) {
    for (const [region, told] of Object.entries<{ enrichment: number }>(regions)) {
      const own = toFloat32(arrays[`region_${name}`]!).data;
      const mask = Uint8Array.from(own, (value) => (value === Number(region) ? 1 : 0));
      expect(enrichment(toFloat32(arrays[`map_${name}`]!), mask)).toBeCloseTo(told.enrichment, 6);
      compared++;
    }
  }
  expect(compared).toBe(8);
});
