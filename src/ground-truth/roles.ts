import { maskOfRegion } from '../data/geometry/region.js';
import type { ImageRecord } from '../data/record.js';
import { type Role, type RoleMasks, roles } from '../synthetic/problem/problem.js';
import type { Tensor } from '../tensor/tensor.js';

/** The pixels of each role in an image of a problem. */
export async function masksOf({ regions, height, width }: ImageRecord): Promise<RoleMasks> {
  const masks: Partial<Record<Role, Uint8Array>> = {};
  for (const region of regions) {
    const role = roles.find((one) => one === region.label);
    if (role !== undefined) masks[role] = (await maskOfRegion(region, height!, width!)).data;
  }
  return masks;
}

/** The share of a map's magnitude on a role's pixels; NaN for a map of zeros. */
export function massOn({ data }: Tensor, mask: Uint8Array): number {
  let [inside, all] = [0, 0];
  for (let i = 0; i < data.length; i++) {
    const size = Math.abs(data[i]!);
    all += size;
    inside += size * mask[i]!;
  }
  return inside / all;
}

/**
 * The share of a map's magnitude on a role's pixels, over those pixels' share of the image: 1 for a map
 * that does not tell pixels apart. NaN for a map of zeros or a role without pixels.
 */
export const enrichment = (map: Tensor, mask: Uint8Array): number =>
  massOn(map, mask) / (mask.reduce((area, one) => area + one, 0) / mask.length);
